import { describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { workflowId } from '../../src/domain/names.ts'
import { createNotifier, type TemporalClient } from '../../src/temporal/notifier.ts'
import type { News } from '../../workflows/messages.ts'
import { createTime } from '../simulation/world/time.ts'
import { REF } from '../support/snapshots.ts'

interface Sent {
  readonly workflowId: string
  readonly signalArgs: readonly [News]
  readonly workflowIdReusePolicy: string
}

/** A Temporal that answers each call as `answers` say, one after the other, and then always well. */
const temporal = (answers: (Error | Promise<void>)[] = []) => {
  const sent: Sent[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const signalWithStart = async (_: string, options: Sent): Promise<void> => {
    sent.push(options)
    for (const { count, resolve } of waiting) if (sent.length >= count) resolve()
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    await answer
  }
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => (sent.length >= count ? resolve() : waiting.push({ count, resolve })))
  // Only what the notifier uses of a client is there.
  const client = { signalWithStart } as unknown as TemporalClient
  return { sent, reached, tell: createNotifier(client, 'queue', pino({ level: 'silent' })) }
}

describe('news for a workflow', () => {
  test('is sent at once, and starts a workflow that does not run', async () => {
    const { sent, reached, tell } = temporal()
    tell(REF, { why: 'a pod changed' })
    await reached(1)
    expect(sent[0]).toMatchObject({ workflowId: workflowId(REF), signalArgs: [{ why: 'a pod changed' }] })
    expect(sent[0]?.workflowIdReusePolicy).toBe('ALLOW_DUPLICATE_FAILED_ONLY')
  })

  test('becomes one message while another is under way, and says whether objects are concerned', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { sent, reached, tell } = temporal([promise])
    tell(REF, { why: 'first' })
    tell(REF, { why: 'second', objects: true })
    tell(REF, { why: 'third' })
    resolve()
    await reached(2)
    expect(sent.map(({ signalArgs }) => signalArgs[0])).toEqual([{ why: 'first' }, { why: 'third', objects: true }])
  })

  test('is kept while Temporal is away', async () => {
    const { sent, reached, tell } = temporal([new Error('away')])
    tell(REF, { why: 'a pod changed', objects: true })
    await reached(2)
    expect(sent[1]?.signalArgs).toEqual([{ why: 'a pod changed', objects: true }])
  })

  test('that does not end comes ever more slowly, and at once again after a silence', async () => {
    const time = createTime(0)
    const at: number[] = []
    const client = {
      signalWithStart: async () => {
        at.push(time.now())
      },
    } as unknown as TemporalClient
    const tell = createNotifier(client, 'queue', pino({ level: 'silent' }), time)
    const flap = (until: number): void => {
      tell(REF, { why: 'a connection came or went' })
      if (time.now() < until) time.after(50, () => flap(until))
    }
    flap(600_000)
    await time.runUntil(600_000)
    expect(at.filter((one) => one < 10_000).length).toBeGreaterThan(80)
    expect(at.length).toBeLessThan(250)
    await time.runUntil(700_000)
    at.length = 0
    tell(REF, { why: 'first' })
    await time.runUntil(700_001)
    expect(at).toEqual([700_000])
  })

  test('of one cluster does not wait for that of another', async () => {
    const { sent, reached, tell } = temporal([new Promise(() => undefined)])
    tell(REF, { why: 'hangs' })
    tell({ ...REF, uid: 'other' }, { why: 'goes' })
    await reached(2)
    expect(sent[1]?.workflowId).toBe(workflowId({ ...REF, uid: 'other' }))
  })
})
