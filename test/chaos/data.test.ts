import { expect } from '@jest/globals'
import { now } from '../bench/failover/writers.ts'
import { read, until } from '../e2e/stage/mysqlcluster.ts'
import { makeErrant } from './faults/data.ts'
import { corrupt, loseVolume } from './faults/disk.ts'
import { arena, type Scene } from './stage/arena.ts'
import type { Figure } from './stage/figures.ts'
import { measure } from './stage/measures.ts'

const row = arena('data')

const rebuilt = async (scene: Scene, pod: string): Promise<void> => {
  const timeline = (await read(scene.key))?.status?.timeline ?? []
  expect(timeline[0]).toMatchObject({ what: 'rebuild', subject: pod, outcome: 'Succeeded' })
}

row('a replica whose volume is lost is made a copy of another member', async (scene) => {
  const pod = scene.replicas[0] ?? ''
  const figures = await measure(scene, () => loseVolume(scene.key, pod), {})
  return figures
})

row(
  'another member takes the writes when the volume of the primary is lost, which is made a copy of another one',
  (scene) => measure(scene, () => loseVolume(scene.key, scene.primary), { more: 0.5 }),
)

row('a replica whose data are spoilt is made a copy of another member', async (scene) => {
  const pod = scene.replicas[0] ?? ''
  const figures = await measure(scene, () => corrupt(scene.key, pod, 'app/ledger.ibd'), {})
  await rebuilt(scene, pod)
  return figures
})

row(
  'a replica with a transaction of its own is kept apart within 10 s, and made a copy of another member',
  async (scene) => {
    const pod = scene.replicas[0] ?? ''
    const seen: Figure[] = []
    const figures = await measure(
      scene,
      async () => {
        const begun = await makeErrant(scene.key, pod)
        await until(scene.key, 'what it alone holds is told', ({ status }) => status?.procedure?.kind === 'rebuild')
        seen.push({ what: 'until it is kept apart', seconds: (now() - begun) / 1000, most: 10 })
      },
      {},
    )
    await rebuilt(scene, pod)
    return [...seen, ...figures]
  },
)
