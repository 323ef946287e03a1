import { expect, test } from '@jest/globals'
import { createBench, createProcess } from './bench.ts'
import { at, makeCluster, untilReady } from './stage.ts'

const live = async (seed: number): Promise<string> => {
  const bench = createBench(seed)
  bench.world.inform(createProcess('watcher'))({ kind: 'Pod', onChange: () => undefined })
  makeCluster(bench)
  await untilReady(bench, 3)
  bench.world.faults.killPod(at('shop-1'))
  bench.world.faults.deletePod(at('shop-2'))
  await untilReady(bench, 3)
  const writes = bench.world.writes.map(({ at: when, by, kind, key, after }) =>
    [when, by, kind, key.name, after?.metadata.uid, after?.metadata.resourceVersion].join(' '),
  )
  return [bench.story.print(), ...writes].join('\n')
}

test('one seed is one life, to the last word', async () => {
  expect(await live(7)).toBe(await live(7))
})

test('another seed is another life', async () => {
  expect(await live(7)).not.toBe(await live(8))
})
