import { expect } from '@jest/globals'
import { kubernetes, temporal } from './stage/cluster.ts'
import { crash, loseTemporal, PIECES, type Piece } from './stage/control-plane.ts'
import { imprint, writings } from './stage/imprint.ts'
import { membersOf } from './stage/members.ts'
import { declare, eventually, healthy, read, until } from './stage/mysqlcluster.ts'
import { stories } from './stage/story.ts'
import { startWriting } from './stage/writer.ts'

const namespace = 'e2e-control-plane'
const key = { namespace, name: 'calm' }
const story = stories(namespace)

let turn = 0
/** A change of the declaration is carried out: API server, watcher, Temporal and worker do their work. */
const lookedAfter = async (): Promise<void> => {
  turn += 1
  await declare(key, { size: 3, services: { any: { annotations: { turn: `${turn}` } } } })
  await eventually(`turn ${turn} at the Service`, 120, async () => {
    const service = await kubernetes.get('Service', { namespace, name: 'calm-any' }).catch(() => undefined)
    return service?.metadata.annotations?.['turn'] === `${turn}` || undefined
  })
  await healthy(key)
}

story('a creation goes on through the death of each piece of the control plane, and of all at once', async () => {
  const nothing = async (): Promise<void> => undefined
  await declare(key, { size: 3 })
  await until(key, 'its members start', ({ status }) => (status?.replicas ?? 0) > 0)
  await crash(['apiserver'], nothing)
  await until(key, 'a bootstrap was decided', ({ status }) => status?.group !== undefined)
  await crash(['operator', 'worker'], nothing)
  await until(key, 'its group is on record', ({ status }) => status?.group?.incarnation !== undefined)
  await crash(['temporal'], nothing)
  await crash(PIECES, nothing)
  const cluster = await healthy(key, 400)
  expect(cluster.status?.group?.bootstraps).toBe(1)
  expect((await imprint(key)).pods.map(({ restarts }) => restarts)).toEqual([0, 0, 0])
  const groups = (await membersOf(key)).map(({ viewId }) => viewId.split(':')[0])
  expect(groups).toEqual(Array.from({ length: 3 }, () => cluster.status?.group?.incarnation))
})

story(
  'at rest no write is refused when a piece of the control plane dies, nor when all do, and members are left alone',
  async () => {
    const before = await imprint(key)
    const writer = await startWriting(key, 'steady')
    const deaths: readonly (readonly Piece[])[] = [...PIECES.map((piece) => [piece]), PIECES]
    for (const pieces of deaths) {
      await crash(pieces, () => writer.goesOn())
      await lookedAfter()
    }
    await writer.stop()
    expect(writer.refused).toEqual([])
    expect(await imprint(key)).toEqual(before)
  },
)

story('a Temporal that lost its data gets a new workflow for a running cluster, which does not touch it', async () => {
  const before = { ...(await imprint(key)), written: await writings(key) }
  const run = (await read(key))?.status?.workflow?.runId
  const writer = await startWriting(key, 'forgotten')
  await loseTemporal()
  await until(key, 'another run looks after it', ({ status }) => status?.workflow?.runId !== run, 90)
  const workflow = (await read(key))?.status?.workflow?.id ?? ''
  await eventually('its new workflow compares the objects', 60, async () => {
    const state = await temporal('workflow', 'query', '-w', workflow, '--name', 'getState', '--output', 'json')
    return /"appliedGeneration": ?[1-9]/.test(state) || undefined
  })
  expect({ ...(await imprint(key)), written: await writings(key) }).toEqual(before)
  await lookedAfter()
  await writer.stop()
  expect(writer.refused).toEqual([])
})
