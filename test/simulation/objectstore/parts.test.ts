import { expect, test } from '@jest/globals'
import type { Part } from '../../../src/agent/manifest.ts'
import { receiveParts, sendParts } from '../../../src/agent/parts.ts'
import { createBench, troubled } from './bench.ts'
import { REFUSALS } from './store.ts'

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1)
const WHERE = { path: 'default/shop/nightly', prefix: 'data-1', partBytes: 1000 }
const DATA = Buffer.from(Array.from({ length: 7_300 }, (_, index) => (index * 31) % 251))

type Bench = ReturnType<typeof createBench>

const stream = async function* () {
  yield DATA
}

const send = ({ open, time, pass }: Bench): Promise<readonly Part[]> =>
  pass(sendParts(open(), time, stream(), WHERE, () => undefined))

const receive = ({ open, time, pass }: Bench, parts: readonly Part[]): Promise<Buffer> => {
  const all = async (): Promise<Buffer> => {
    const pieces: Uint8Array[] = []
    for await (const piece of receiveParts(open(), time, WHERE.path, parts, undefined, () => undefined))
      pieces.push(piece)
    return Buffer.concat(pieces)
  }
  return pass(all())
}

test.each(SEEDS)('parts come back whole although calls are lost (seed %i)', async (seed) => {
  const bench = createBench(seed)
  bench.network.fates = troubled(bench.random.fork('fates'), 0.4)
  const parts = await send(bench)
  expect(parts).toHaveLength(8)
  expect(Buffer.compare(await receive(bench, parts), DATA)).toBe(0)
  expect(bench.story.lines.length).toBeGreaterThan(0)
})

test.each(SEEDS)('what is told to be stored is stored, whatever the store refuses (seed %i)', async (seed) => {
  const bench = createBench(seed)
  bench.network.fates = troubled(bench.random.fork('fates'), 0.1, REFUSALS)
  const parts = await send(bench).catch(() => undefined)
  bench.network.fates = () => ({ kind: 'Passes', thereMs: 1, backMs: 1 })
  if (parts) expect(Buffer.compare(await receive(bench, parts), DATA)).toBe(0)
  else expect(bench.story.print()).toContain('Refused')
})

test.each(['Flipped', 'Truncated'] as const)('a part that was %s in the store is never given', async (how) => {
  const bench = createBench(how)
  const parts = await send(bench)
  for (const { key } of parts) {
    const whole = bench.store.objects.get(`${WHERE.path}/${key}`) ?? Buffer.of()
    bench.store.rot(`${WHERE.path}/${key}`, how)
    await expect(receive(bench, parts)).rejects.toMatchObject({ code: 'BackupBroken' })
    await bench.pass(bench.open().put(`${WHERE.path}/${key}`, whole))
  }
  expect(Buffer.compare(await receive(bench, parts), DATA)).toBe(0)
})

test('a store that is away for some minutes is waited for, and one that stays away is not', async () => {
  const bench = createBench(1)
  const { fates } = bench.network
  bench.network.fates = () => ({ kind: 'Refused', thereMs: 1, code: 'StoreUnreachable' })
  bench.time.after(5 * 60_000, () => {
    bench.network.fates = fates
  })
  const parts = await send(bench)
  expect(parts).toHaveLength(8)
  bench.network.fates = () => ({ kind: 'LostThere', afterMs: 10_000 })
  await expect(receive(bench, parts)).rejects.toMatchObject({ code: 'StoreUnreachable' })
})

test('the same seed tells the same story', async () => {
  const tell = async (): Promise<string> => {
    const bench = createBench(7)
    bench.network.fates = troubled(bench.random.fork('fates'), 0.3)
    await send(bench)
    return bench.story.print()
  }
  expect(await tell()).toBe(await tell())
})
