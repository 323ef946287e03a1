import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { EVENTS } from '../bench/failover/events.ts'
import { now } from '../bench/failover/writers.ts'
import { imprint } from '../e2e/stage/imprint.ts'
import { read, until } from '../e2e/stage/mysqlcluster.ts'
import { makeErrant, takeOut } from './faults/data.ts'
import { killWorker, replaced } from './faults/operator.ts'
import { kill } from './faults/processes.ts'
import { arena, type Scene } from './stage/arena.ts'
import type { Figure } from './stage/figures.ts'

const DEATHS = 3
const LONGEST_MS = 3_000
const row = arena('procedures')

/** Begins a procedure and kills the worker at three moments of it that nobody chose. It must be done once. */
const throughDeaths = async (scene: Scene, what: string, begin: () => Promise<unknown>): Promise<readonly Figure[]> => {
  const known = (await read(scene.key))?.status?.timeline?.filter((entry) => entry.what === what).length ?? 0
  const begun = now()
  const beginning = begin()
  for (let death = 0; death < DEATHS; death += 1) {
    await sleep(Math.floor(Math.random() * LONGEST_MS))
    await killWorker()
  }
  await beginning
  const cluster = await until(
    scene.key,
    `${what} is done`,
    ({ status }) =>
      status?.phase === 'Healthy' && (status.timeline ?? []).filter((entry) => entry.what === what).length > known,
  )
  const done = (cluster.status?.timeline ?? []).filter((entry) => entry.what === what)
  expect(done.length).toBe(known + 1)
  expect(done[0]?.outcome).toBe('Succeeded')
  return [{ what: `${what}, with ${DEATHS} deaths of the worker`, seconds: (now() - begun) / 1000 }]
}

row('a switchover is done once though its worker dies three times', (scene) =>
  throughDeaths(scene, 'switchover', () => EVENTS.switchover.begin(scene.key)),
)

row('a rejoin is done once though its worker dies three times', (scene) =>
  throughDeaths(scene, 'rejoin', () => takeOut(scene.key, scene.replicas[0] ?? '')),
)

row('the return from an outage of all is done once though the worker dies three times', (scene) =>
  throughDeaths(scene, 'recoverOutage', () => kill(scene.key, scene.primary, ...scene.replicas)),
)

row('a rebuild is done once though its worker dies three times', (scene) =>
  throughDeaths(scene, 'rebuild', () => makeErrant(scene.key, scene.replicas[0] ?? '')),
)

row('a rebuild goes on under a newer operator, and no other member is touched', async (scene) => {
  const [pod = '', other = ''] = scene.replicas
  const spared = async () => (await imprint(scene.key)).pods.filter(({ name }) => [scene.primary, other].includes(name))
  const before = await spared()
  const begun = now()
  await makeErrant(scene.key, pod)
  await until(scene.key, 'the rebuild began', ({ status }) => status?.procedure?.kind === 'rebuild')
  return replaced(async () => {
    const back = await scene.wholeAgain(begun)
    expect(await spared()).toEqual(before)
    return [{ what: 'back to Healthy', seconds: back }]
  })
})
