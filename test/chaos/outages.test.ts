import { now } from '../bench/failover/writers.ts'
import { crash } from '../e2e/stage/control-plane.ts'
import { restartNode } from './faults/machine.ts'
import { deletePods } from './faults/pods.ts'
import { kill } from './faults/processes.ts'
import { arena } from './stage/arena.ts'
import { measure } from './stage/measures.ts'

const row = arena('outages')

row(
  'all is well within two minutes when all members are killed under load',
  (scene) => measure(scene, () => kill(scene.key, scene.primary, ...scene.replicas), { back: 120 }),
  { always: true },
)

row(
  'all is well within three minutes when all pods were deleted while operator and Temporal were down',
  async (scene) => {
    await crash(['temporal', 'operator', 'worker'], async () => {
      await deletePods(scene.key, scene.primary, ...scene.replicas)
    })
    return measure(scene, async () => undefined, { back: 180 })
  },
  { unobserved: true },
)

row('all is well within three minutes after the whole node was restarted', async (scene) => {
  await restartNode()
  const back = now()
  return [{ what: 'back to Healthy after its start', seconds: await scene.wholeAgain(back), most: 180 }]
})
