import { expect } from '@jest/globals'
import { now } from '../bench/failover/writers.ts'
import { healthy, until } from '../e2e/stage/mysqlcluster.ts'
import { full } from './faults/disk.ts'
import { arena } from './stage/arena.ts'

const row = arena('disk')

row('a full disk of the primary is told, spoils nothing, and writes go on when there is space again', async (scene) => {
  const begun = now()
  let told = ''
  await full(scene.key, scene.primary, async () => {
    const cluster = await until(scene.key, 'the full disk is told', ({ status }) =>
      Boolean(status?.conditions?.some(({ type, reason }) => type === 'Healthy' && reason === 'DiskFull')),
    )
    told = cluster.status?.message ?? ''
  })
  const ended = now()
  expect(told).toContain(`the volume of ${scene.primary} is full`)
  const next = await scene.traffic.goesOn(120)
  await healthy(scene.key)
  return [
    { what: 'write gap through the Service', seconds: scene.gapSince(begun) },
    { what: 'writes go on after there is space', seconds: (next.at - ended) / 1000 },
  ]
})
