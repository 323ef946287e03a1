import { beforeEach, describe, expect, test } from '@jest/globals'
import { moveWrites } from '../../../src/observer/write-service.ts'
import { type Bench, createBench, createProcess } from './bench.ts'
import { at, makeCluster, NAME, pod, untilReady } from './stage.ts'

let bench: Bench
beforeEach(async () => {
  bench = createBench(expect.getState().currentTestName ?? 1)
  makeCluster(bench)
  await untilReady(bench, 3)
})
const behind = (service: string) => bench.world.endpointsOf(at(service)).map((endpoint) => endpoint.pod)
const move = async (to: string, view: string) => {
  const service = bench.world.objects.get('Service', at('shop-primary'))
  if (!service) throw new Error('there is a write Service')
  const port = bench.world.port(createProcess('observer'))
  expect(await bench.drive(moveWrites(port, service, to, view))).toBe(true)
}

describe('the write Service', () => {
  test('leads nowhere until someone points it at a pod, and then there', async () => {
    await bench.pass(5_000)
    expect(behind('shop-primary')).toEqual([])
    await move('shop-1', '1:1')
    expect(behind('shop-primary')).toEqual([])
    await bench.until('the route', () => behind('shop-primary').length > 0)
    const { uid } = pod(bench, 1).metadata
    expect(bench.world.endpointsOf(at('shop-primary'))).toEqual([
      { pod: 'shop-1', uid, ip: pod(bench, 1).status?.podIP },
    ])
  })

  test('has one endpoint at most while it moves', async () => {
    const seen: number[] = []
    bench.world.onRouted((service, endpoints) => {
      if (service.name === 'shop-primary') seen.push(endpoints.length)
    })
    for (const [round, to] of ['shop-0', 'shop-2', 'shop-1'].entries()) {
      await move(to, `1:${round}`)
      await bench.until('the route', () => behind('shop-primary')[0] === to)
    }
    expect(seen).toEqual([1, 1, 1])
  })

  test('leads to its pod though that is not ready', async () => {
    await move('shop-1', '1:1')
    await bench.until('the route', () => behind('shop-primary').length > 0)
    bench.ready = () => false
    await bench.until('no pod to be ready', () => behind('shop-any').length === 0)
    expect(behind('shop-primary')).toEqual(['shop-1'])
  })

  test('leads nowhere once its pod is gone, and to the next pod of that name', async () => {
    await move('shop-1', '1:1')
    await bench.until('the route', () => behind('shop-primary').length > 0)
    const { uid } = pod(bench, 1).metadata
    bench.world.faults.killPod(at('shop-1'))
    await bench.until('the route to be gone', () => bench.world.endpointsOf(at('shop-primary'))[0]?.uid !== uid)
    await untilReady(bench, 3)
    await bench.until('the new route', () => behind('shop-primary').length === 1)
  })

  test('keeps its route when its selector is taken away, and loses it when it is deleted', async () => {
    await move('shop-1', '1:1')
    await bench.until('the route', () => behind('shop-primary').length > 0)
    bench.world.objects.patch('Service', at('shop-primary'), { spec: { selector: null } })
    await bench.pass(5_000)
    expect(behind('shop-primary')).toEqual(['shop-1'])
    bench.world.objects.delete('Service', at('shop-primary'))
    await bench.until('the route to be gone', () => behind('shop-primary').length === 0)
  })
})

describe('a Service of ready pods', () => {
  test('leaves out those that are not, and those that end, unless there are no others', async () => {
    await bench.until('all three', () => behind('shop-any').length === 3)
    bench.ready = (name) => name !== 'shop-2'
    await bench.until('two', () => behind('shop-any').length === 2)
    bench.stopMs = 30_000
    bench.world.faults.deletePod(at('shop-1'))
    await bench.until('one', () => behind('shop-any').length === 1)
    bench.world.objects.patch('StatefulSet', at(NAME), { spec: { replicas: 0 } })
    await bench.pass(3_000)
    expect(behind('shop-any')).toEqual(['shop-0', 'shop-1'])
  })
})

test('a pod is found by its address', () => {
  const { metadata, status } = pod(bench, 2)
  expect(bench.world.podAt(status?.podIP ?? '')?.metadata.uid).toBe(metadata.uid)
  expect(bench.world.podAt('10.9.9.9')).toBeUndefined()
})
