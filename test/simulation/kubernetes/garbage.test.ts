import { beforeEach, describe, expect, test } from '@jest/globals'
import { KIND } from '../../../crds/mysqlcluster.ts'
import type { Kind } from '../../../src/kubernetes/kinds.ts'
import { manifest } from '../../support/clusters.ts'
import { type Bench, createBench } from './bench.ts'
import { applyObjects, at, makeCluster, NAME, podsOf, untilReady } from './stage.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench(expect.getState().currentTestName ?? 1)
})
const count = (kind: Kind): number => bench.world.objects.list(kind).length

describe('a deleted MySQLCluster', () => {
  test('takes with it what it owns, and leaves volumes and Secrets', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    bench.world.objects.delete(KIND, at(NAME))
    await bench.until('all to be gone', () =>
      ['Pod', 'StatefulSet', 'Service', 'ConfigMap'].every((kind) => count(kind as Kind) === 0),
    )
    expect([count('PersistentVolumeClaim'), count('Secret')]).toEqual([3, 3])
    expect(bench.containers.size).toBe(0)
    expect(bench.discarded).toEqual([])
  })

  test('of which another one has taken the name still takes with it what it owned', async () => {
    const ref = makeCluster(bench)
    await untilReady(bench, 3)
    bench.world.objects.delete(KIND, at(NAME))
    bench.world.objects.create(manifest({ size: 3, image: 'mysql:8.0' }, NAME))
    await bench.until('all to be gone', () => count('StatefulSet') === 0 && count('Pod') === 0)
    expect(bench.world.objects.get(KIND, at(NAME))?.metadata.uid).not.toBe(ref.uid)
  })
})

describe('a deleted StatefulSet', () => {
  test('takes its pods with it, and another one of its name waits for them', async () => {
    const ref = makeCluster(bench)
    await untilReady(bench, 3)
    const before = podsOf(bench).map(({ metadata }) => metadata.uid)
    bench.stopMs = 15_000
    bench.world.objects.delete('StatefulSet', at(NAME))
    applyObjects(bench, ref)
    await bench.pass(10_000)
    expect(podsOf(bench).map(({ metadata }) => metadata.uid)).toEqual(before)
    bench.stopMs = 1_000
    await untilReady(bench, 3)
    expect(podsOf(bench).some(({ metadata }) => before.includes(metadata.uid))).toBe(false)
  })

  test('that orphans its pods leaves them to the next one', async () => {
    const ref = makeCluster(bench)
    await untilReady(bench, 3)
    const before = podsOf(bench).map(({ metadata }) => metadata.uid)
    bench.world.objects.delete('StatefulSet', at(NAME), { orphan: true })
    await bench.pass(30_000)
    expect(podsOf(bench).map(({ metadata }) => metadata.uid)).toEqual(before)
    applyObjects(bench, ref)
    const { uid } = bench.world.objects.get('StatefulSet', at(NAME))?.metadata ?? {}
    await bench.until('adoption', () =>
      podsOf(bench).every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid),
    )
    expect(podsOf(bench).map(({ metadata }) => metadata.uid)).toEqual(before)
  })
})

describe('a volume', () => {
  test('is discarded only when its claim is gone, and that only when no pod uses it', async () => {
    makeCluster(bench, { size: 1 })
    await untilReady(bench, 1)
    const { uid } = bench.world.objects.get('PersistentVolumeClaim', at('data-shop-0'))?.metadata ?? {}
    bench.world.objects.delete('PersistentVolumeClaim', at('data-shop-0'))
    await bench.pass(30_000)
    expect(bench.discarded).toEqual([])
    bench.world.objects.patch('StatefulSet', at(NAME), { spec: { replicas: 0 } })
    await bench.until('it to be discarded', () => bench.discarded.length > 0)
    expect(bench.discarded).toEqual([uid])
  })
})

describe('a deleted namespace', () => {
  test('takes nothing in, and is gone with all that was in it', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    bench.world.deleteNamespace('default')
    expect(() => bench.world.objects.create(manifest(undefined, 'other'))).toThrow('Forbidden')
    await bench.until('all to be gone', () => count('Pod') === 0 && count('PersistentVolumeClaim') === 0)
    await bench.until('the namespace to be gone', () => {
      try {
        bench.world.objects.create(manifest(undefined, 'other'))
        return false
      } catch (error) {
        return String(error).includes('not found')
      }
    })
    await bench.until('its data to be gone', () => bench.discarded.length === 3)
  })
})

test('while the controllers stand still nothing is made and nothing is collected', async () => {
  bench.world.faults.controllersStopped = true
  makeCluster(bench)
  await bench.pass(60_000)
  expect(podsOf(bench)).toEqual([])
  bench.world.faults.controllersStopped = false
  await untilReady(bench, 3)
})
