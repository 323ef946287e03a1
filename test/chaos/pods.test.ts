import { EVENTS } from '../bench/failover/events.ts'
import { healthy } from '../e2e/stage/mysqlcluster.ts'
import { deletePods, forceDeletePods } from './faults/pods.ts'
import { arena } from './stage/arena.ts'
import { measure, median } from './stage/measures.ts'

const RUNS = Number(process.env['RUNS'] ?? 20)
const row = arena('pods')

row(
  'writes go on within 1.5 s when the pod of the primary is deleted',
  (scene) => measure(scene, () => deletePods(scene.key, scene.primary), { gap: 1.5, back: 60 }),
  { always: true },
)

row('writes go on half a second after the group itself when the pod of the primary is deleted by force', (scene) =>
  measure(scene, () => forceDeletePods(scene.key, scene.primary), { more: 0.5, back: 60 }),
)

row('writes go on within 1.5 s each time when the pod of the primary is deleted twice in a row', async (scene) => {
  const first = await measure(scene, () => deletePods(scene.key, scene.primary), { gap: 1.5, back: 60 })
  const next = (await healthy(scene.key)).status?.primary ?? ''
  return [...first, ...(await measure(scene, () => deletePods(scene.key, next), { gap: 1.5 }))]
})

row(
  'writes go on within a second each time when the primary is changed on request',
  async (scene) => {
    const { key, traffic } = scene
    const begun = performance.timeOrigin + performance.now()
    await EVENTS.switchover.begin(key)
    await traffic.goesOn(30)
    return [{ what: 'write gap through the Service', seconds: scene.gapSince(begun), most: 1 }]
  },
  { times: RUNS, sum: median, always: true },
)
