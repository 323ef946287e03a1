import { describe, expect, test } from '@jest/globals'
import { lonely, serving, snapshot } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { applications, failing } from './stage/story.ts'

const { begin } = useStage()

describe('a step that fails', () => {
  const unlucky = async () =>
    (
      await begin(snapshot({ members: [lonely(0)] }), {
        bootstrap: failing('MemberRefused', 'MemberRefused: no plugin'),
      })
    ).settle()

  test('is told in the state, the label and the details', async () => {
    const story = await unlucky()
    expect(await story.state()).toMatchObject({
      failures: 1,
      failure: { step: expect.stringContaining('make the group'), message: 'MemberRefused: no plugin' },
    })
    expect(story.rest?.label).toContain('MemberRefused: no plugin')
    await story.sleep()
    await story.settle()
    expect(await story.details()).toContain('**Last failure:** MemberRefused: no plugin')
  })

  test('is tried again after waits that grow to a minute', async () => {
    const story = await unlucky()
    const waits: number[] = []
    for (let tries = 0; tries < 7; tries++) {
      waits.push(story.rest?.ms ?? 0)
      await story.sleep()
      await story.settle()
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  })

  test('is forgotten after one that succeeds', async () => {
    const story = await unlucky()
    story.world.found = serving()
    await story.signal({ why: 'mended' })
    await story.settle()
    expect(await story.state()).toMatchObject({ failures: 0, failure: null, phase: 'Healthy' })
  })

  test('is tried again at once when there is news', async () => {
    const story = await unlucky()
    await story.signal({ why: 'pod set' })
    expect(story.pending).toEqual(['gather'])
  })

  test('of applying objects leaves them to be applied', async () => {
    const story = await (
      await begin(serving(), { applyObjects: failing('KubernetesRefused', 'spec.pod: bad') })
    ).settle()
    expect(await story.state()).toMatchObject({ objectsDue: true, failure: { message: 'spec.pod: bad' } })
    await story.sleep()
    await story.settle()
    expect(applications(story)).toBe(2)
  })
})

describe('a cluster that cannot be made', () => {
  test('as an object belongs to someone else, is Blocked and says so', async () => {
    const message = 'Resource "Service shop" already exists and is not managed by MySQLCluster'
    const absent = snapshot({ objects: { kind: 'Absent' }, pods: [] })
    const story = await (await begin(absent, { applyObjects: () => ({ kind: 'Foreign', message }) })).settle()
    expect(story.published.at(-1)).toMatchObject({ phase: 'Blocked', reason: 'ErrResourceExists', message })
    expect(story.rest?.ms).toBe(30_000)
    delete story.world.on.applyObjects
    story.world.found = serving()
    await story.sleep()
    await story.settle()
    expect(await story.state()).toMatchObject({ phase: 'Healthy', refusal: null })
  })

  test('as its declaration is refused, is Blocked with the reason', async () => {
    const objects = { kind: 'Refused', replicas: 0, reason: 'ForcedSetting', message: 'spec.config.port: no' } as const
    const story = await (await begin(snapshot({ objects }))).settle()
    expect(story.published.at(-1)).toMatchObject({ phase: 'Blocked', reason: 'ForcedSetting' })
    expect(story.rest?.label).toBe('spec.config.port: no')
  })

  test('has a label that fits, whatever the reason', async () => {
    const objects = { kind: 'Refused', replicas: 0, reason: 'X', message: 'größe\n'.repeat(100) } as const
    const story = await (await begin(snapshot({ objects }))).settle()
    expect(Buffer.byteLength(story.rest?.label ?? '')).toBeLessThanOrEqual(200)
    expect(story.rest?.label).toMatch(/^größe größe/)
  })

  test('as the API server forbids its objects, is Blocked and says so', async () => {
    const story = await (
      await begin(snapshot({ objects: { kind: 'Absent' } }), { applyObjects: failing('Forbidden', 'PATCH /x: no') })
    ).settle()
    expect(story.published.at(-1)).toMatchObject({ phase: 'Blocked', reason: 'Forbidden' })
    expect(story.published.at(-1)?.message).toContain('RBAC')
  })
})
