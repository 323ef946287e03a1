import { describe, expect, test } from '@jest/globals'
import { procedureId } from '../../src/domain/procedure.ts'
import type { OperationView } from '../../src/domain/snapshot.ts'
import { fallen, grouped, lonely, podName, primary, REF, row, serving, transactions } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'

const { begin } = useStage()
const asked: OperationView = { name: 'hand-over', uid: 'op-1', request: 'switchover', pod: podName(1) }
const operation = { name: asked.name, uid: asked.uid }
const SWITCHOVER = {
  kind: 'switchover',
  subject: podName(1),
  why: 'MySQLOperation hand-over asks for it',
  operation,
} as const
const onRecord = { id: procedureId(REF, SWITCHOVER), ...SWITCHOVER, since: '2026-01-01T00:00:00.000Z' }
const trio = [primary(0), row(1), row(2)]
const three = [grouped(0, trio), grouped(1, trio), grouped(2, trio)]

describe('a MySQLOperation', () => {
  test('is carried out by a workflow of its own, which outlives the run that began it', async () => {
    const story = await (await begin(serving({ members: three, operations: [asked] }))).settle()
    expect(story.children).toEqual([
      { type: 'switchover', id: procedureId(REF, SWITCHOVER), input: { ref: REF, procedure: SWITCHOVER } },
    ])
  })

  test('that cannot be carried out is told why, and nothing else is done', async () => {
    const operations = [{ ...asked, pod: 'somebody' }]
    const story = await (await begin(serving({ members: three, operations }))).until('tellOperation')
    expect(story.asked.at(-1)?.args).toEqual([
      REF,
      operation,
      'Failed',
      expect.stringContaining('somebody is no member'),
    ])
    expect(story.children).toEqual([])
  })

  test('is not begun a second time while it is under way', async () => {
    const story = await (await begin(serving({ members: three, operations: [asked] }))).settle()
    story.world.found = serving({
      members: three,
      operations: [asked],
      status: { phase: 'Healthy', procedure: onRecord },
    })
    await story.signal({ why: 'MySQLOperation set', operations: true })
    await story.settle()
    expect(story.children).toHaveLength(1)
  })

  test('that a terminated run had begun is taken up by the next run', async () => {
    const status = { phase: 'Healthy', procedure: onRecord } as const
    const story = await (await begin(serving({ members: three, status }))).settle()
    expect(story.children.map(({ id }) => id)).toEqual([onRecord.id])
  })
})

describe('a procedure that the operator begins by itself', () => {
  const members = [grouped(0, [primary(0)]), lonely(1), lonely(2)]

  test('waits longer after each failure', async () => {
    const story = await (await begin(serving({ members }))).settle()
    const waits: (number | undefined)[] = []
    for (let failures = 1; failures <= 3; failures += 1) {
      await story.hear('procedureEnded', story.children.at(-1)?.id, 'Failed')
      await story.settle()
      waits.push(story.rest?.ms)
      await story.sleep()
      await story.settle()
    }
    expect(waits).toEqual([2_000, 4_000, 8_000])
    expect(story.children).toHaveLength(4)
  })

  test('is followed by the next need at once when it succeeds', async () => {
    const story = await (await begin(serving({ members }))).settle()
    story.world.found = serving({
      members: [grouped(0, [primary(0), row(1)]), grouped(1, [primary(0), row(1)]), lonely(2)],
    })
    await story.hear('procedureEnded', story.children.at(-1)?.id, 'Succeeded')
    await story.settle()
    expect(story.children).toHaveLength(2)
  })
})

describe('an outage of all members', () => {
  const down = fallen([0, 1, 2].map((ordinal) => lonely(ordinal, { holds: transactions(ordinal === 1 ? 100 : 90) })))

  test('is recovered from by a procedure, from the member that holds all', async () => {
    const story = await (await begin(down)).settle()
    expect(story.children).toMatchObject([{ type: 'recoverOutage', input: { procedure: { subject: podName(1) } } }])
    expect(story.steps).not.toContain(`bootstrap ${podName(1)}`)
  })

  test('is waited out while a member is silent', async () => {
    const story = await (await begin({ ...down, members: down.members.slice(0, 2) })).settle()
    expect(story.children).toEqual([])
    expect(story.rest?.label).toContain(`silent: ${podName(2)}`)
  })
})

describe('a signal', () => {
  test('becomes a MySQLOperation', async () => {
    const story = await (await begin(serving({ members: three }))).settle()
    await story.hear('switchover', { target: podName(1) })
    await story.until('ask')
    expect(story.asked.at(-1)?.args).toEqual([
      REF,
      { kind: 'switchover', input: { target: podName(1) }, name: expect.stringMatching(/-switchover-[0-9a-f]{8}$/) },
      'OrFail',
    ])
  })
})
