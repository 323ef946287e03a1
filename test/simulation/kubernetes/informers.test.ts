import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Fate } from '../world/network.ts'
import { type Bench, createBench, createProcess } from './bench.ts'
import { at } from './stage.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench(expect.getState().currentTestName ?? 1)
})
const configMap = (name: string, value = '1', labels: Record<string, string> = { app: 'mysql' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...at(name), labels },
  data: { value },
})
const set = (name: string, value: string) => bench.world.objects.patch('ConfigMap', at(name), { data: { value } })

const follow = async () => {
  const news: string[] = []
  const process = createProcess('watcher')
  const informer = bench.world.inform(process)<'ConfigMap'>({
    kind: 'ConfigMap',
    labelSelector: 'app=mysql',
    onChange: (change, object: Kinds['ConfigMap']) => {
      news.push(`${change} ${object.metadata.name} ${object.data?.['value']}`)
    },
  })
  await bench.drive(informer.synced)
  return { news, process, informer }
}
/** The fate of the next event of a watch; all else passes. */
const strike = (fate: Fate): void => {
  const calm = bench.network.fates
  bench.network.fates = (caller, receiver, what) => {
    if (!what.startsWith('WATCH')) return calm(caller, receiver, what)
    bench.network.fates = calm
    return fate
  }
}

describe('an informer', () => {
  test('tells what is there, what comes, what changes and what goes, in order and late', async () => {
    bench.world.objects.create(configMap('a'))
    const { news, informer } = await follow()
    expect(news).toEqual(['set a 1'])
    bench.world.objects.create(configMap('b'))
    set('b', '2')
    bench.world.objects.delete('ConfigMap', at('a'))
    expect(news).toHaveLength(1)
    await bench.pass(1_000)
    expect(news).toEqual(['set a 1', 'set b 1', 'set b 2', 'delete a 1'])
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b'])
    expect(informer.get('default', 'a')).toBeUndefined()
  })

  test('keeps the order though one event takes longer than the next', async () => {
    const { news } = await follow()
    strike({ kind: 'Passes', thereMs: 5_000, backMs: 0 })
    bench.world.objects.create(configMap('a'))
    set('a', '2')
    await bench.pass(4_000)
    expect(news).toEqual([])
    await bench.pass(2_000)
    expect(news).toEqual(['set a 1', 'set a 2'])
  })

  test('forgets what no longer has the label, and takes up what has it now', async () => {
    bench.world.objects.create(configMap('a'))
    bench.world.objects.create(configMap('b', '1', {}))
    const { news } = await follow()
    bench.world.objects.patch('ConfigMap', at('a'), { metadata: { labels: { app: null } } })
    bench.world.objects.patch('ConfigMap', at('b'), { metadata: { labels: { app: 'mysql' } } })
    await bench.pass(1_000)
    expect(news).toEqual(['set a 1', 'delete a 1', 'set b 1'])
  })

  test('lists again when its watch breaks, and misses what came and went meanwhile', async () => {
    const { news } = await follow()
    strike({ kind: 'LostBack', thereMs: 1, afterMs: 1 })
    bench.world.objects.create(configMap('a'))
    bench.world.objects.create(configMap('short'))
    bench.world.objects.delete('ConfigMap', at('short'))
    set('a', '2')
    await bench.pass(60_000)
    expect(news).toEqual(['set a 1', 'set a 2'])
  })

  test('lists again at once when its watch has expired', async () => {
    const { news } = await follow()
    strike({ kind: 'Refused', thereMs: 1, code: '410' })
    bench.world.objects.create(configMap('a'))
    await bench.pass(50)
    expect(news).toEqual(['set a 1'])
  })

  test('is stale while its watch is silent, which shows, and is noticed after a while', async () => {
    const { news, informer } = await follow()
    strike({ kind: 'LostThere', afterMs: 1 })
    bench.world.objects.create(configMap('a'))
    await bench.pass(80_000)
    expect(news).toEqual([])
    expect(bench.time.now() - informer.lastHeard()).toBeGreaterThan(70_000)
    await bench.pass(60_000)
    expect(news).toEqual(['set a 1'])
    expect(bench.time.now() - informer.lastHeard()).toBeLessThan(61_000)
  })

  test('tries again until it can list', async () => {
    const calm = bench.network.fates
    bench.network.fates = () => ({ kind: 'LostThere', afterMs: 15_000 })
    bench.world.objects.create(configMap('a'))
    const following = follow()
    await bench.pass(120_000)
    bench.network.fates = calm
    expect((await following).news).toEqual(['set a 1'])
  })

  test('ends with its process', async () => {
    const { news, process } = await follow()
    bench.world.objects.create(configMap('a'))
    process.die()
    await bench.pass(700_000)
    expect(news).toEqual([])
  })
})
