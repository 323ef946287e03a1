import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../bench/failover/writers.ts'
import { apart, CUT_OFF, type Cut, LOSSY, sluggish, UNHEARD } from './faults/network.ts'
import { arena, type Scene } from './stage/arena.ts'
import type { Figure } from './stage/figures.ts'

/** Longer than any part of the group waits before it gives up a member. */
const LASTS_MS = 40_000
const row = arena('network')

const ends = async (
  scene: Scene,
  trouble: (meanwhile: () => Promise<number>) => Promise<number>,
  isWhole: Scene['whole'] = scene.wholeAgain,
): Promise<readonly Figure[]> => {
  const begun = now()
  const gap = await trouble(async () => {
    await sleep(LASTS_MS)
    await scene.traffic.goesOn(60)
    return scene.gapSince(begun)
  })
  const ended = now()
  await scene.traffic.goesOn(60)
  return [
    { what: 'write gap through the Service', seconds: gap, most: 25 },
    { what: 'back to Healthy after its end', seconds: await isWhole(ended), most: 60 },
  ]
}
const cut = (scene: Scene, pod: string, how: Cut, isWhole = scene.wholeAgain): Promise<readonly Figure[]> => {
  const peers = [scene.primary, ...scene.replicas].filter((one) => one !== pod)
  return ends(scene, (meanwhile) => apart(scene.key, pod, peers, how, meanwhile), isWhole)
}

row(
  'another member takes the writes within 25 s when the primary is cut off from the others',
  (scene) => cut(scene, scene.primary, CUT_OFF),
  { always: true },
)

row('writes go on when a replica is cut off from the others', (scene) => cut(scene, scene.replicas[0] ?? '', CUT_OFF))

row('another member takes the writes within 25 s when the others do not hear the primary, which hears them', (scene) =>
  cut(scene, scene.primary, UNHEARD),
)

row('writes go on within 25 s when 30 of 100 packets between the primary and the others are lost', (scene) =>
  cut(scene, scene.primary, LOSSY, scene.whole),
)

row('writes go on within 25 s when the packets of the primary wait up to a second', (scene) =>
  ends(scene, (meanwhile) => sluggish(scene.key, scene.primary, meanwhile), scene.whole),
)
