import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { now } from '../bench/failover/writers.ts'
import { away } from './faults/machine.ts'
import { arena } from './stage/arena.ts'
import { measure } from './stage/measures.ts'

const OUTAGE_MS = 120_000
const row = arena('quorum')

row('writes stop while two of three members are away, and all is well two minutes after they return', async (scene) => {
  await away(scene.key, [scene.primary, scene.replicas[0] ?? ''], async () => {
    const dead = now()
    await sleep(OUTAGE_MS)
    expect(scene.acknowledged().filter(({ sent }) => sent > dead)).toEqual([])
  })
  return measure(scene, async () => undefined, { back: 120 })
})
