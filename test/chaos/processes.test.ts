import { now } from '../bench/failover/writers.ts'
import { frozen, kill } from './faults/processes.ts'
import { arena } from './stage/arena.ts'
import { measure, median } from './stage/measures.ts'

const RUNS = Number(process.env['RUNS'] ?? 20)
const row = arena('processes')

row(
  'writes go on half a second after the group itself when mysqld of the primary is killed, and all is well within a minute',
  (scene) => measure(scene, () => kill(scene.key, scene.primary), { more: 0.5, back: 60 }),
  { times: RUNS, sum: median, always: true },
)

row(
  'writes go on half a second after the group itself when mysqld of a replica is killed, and all is well within a minute',
  (scene) => measure(scene, () => kill(scene.key, scene.replicas[0] ?? ''), { more: 0.5, back: 60 }),
  { times: RUNS, sum: median },
)

row(
  'another member takes the writes within 9 s when the primary stands still, which takes none when it goes on',
  async (scene) => {
    const begun = now()
    const gap = await frozen(scene.key, scene.primary, async () => {
      await scene.traffic.goesOn(60)
      return scene.gapSince(begun)
    })
    const resumed = now()
    return [
      { what: 'write gap through the Service', seconds: gap, most: 9 },
      { what: 'back to Healthy after it goes on', seconds: await scene.wholeAgain(resumed), most: 60 },
    ]
  },
)
