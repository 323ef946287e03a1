import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Fate } from '../world/network.ts'
import { type Bench, createBench, createProcess } from './bench.ts'
import { at } from './stage.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench(expect.getState().currentTestName ?? 1)
})
const configMap = (data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: at('a'),
  data,
})
const port = () => bench.world.port(createProcess('worker'))
const refuse = (code: string): Fate => ({ kind: 'Refused', thereMs: 1, code })
const under = (fate: Fate): string[] => {
  const asked: string[] = []
  bench.network.fates = (caller, receiver, what) => {
    asked.push(`${caller.name} ${receiver} ${what}`)
    return fate
  }
  return asked
}

test('each call is one call over the network, and says what it is', async () => {
  const asked = under({ kind: 'Passes', thereMs: 1, backMs: 1 })
  const { get, list, create, apply, patch, replace, delete: remove } = port()
  await bench.drive(create(configMap()))
  await bench.drive(get('ConfigMap', at('a')))
  await bench.drive(list('ConfigMap', 'default', {}))
  await bench.drive(apply(configMap(), { manager: 'us' }))
  await bench.drive(apply(configMap(), { manager: 'us', subresource: 'status' })).catch(() => undefined)
  await bench.drive(patch('ConfigMap', at('a'), {}))
  await bench.drive(replace(configMap()))
  await bench.drive(remove('ConfigMap', at('a')))
  const calls = ['CREATE', 'GET', 'LIST', 'APPLY', 'APPLY-STATUS', 'PATCH', 'REPLACE', 'DELETE']
  expect(asked).toEqual(
    calls.map((verb) => `worker kubernetes ${verb} ConfigMap ${verb === 'LIST' ? 'default' : 'default/a'}`),
  )
})

describe('a call', () => {
  test('that is lost on its way has no effect', async () => {
    under({ kind: 'LostThere', afterMs: 15_000 })
    await expect(bench.drive(port().create(configMap()))).rejects.toMatchObject({ code: 'KubernetesUnavailable' })
    expect(bench.world.objects.get('ConfigMap', at('a'))).toBeUndefined()
  })

  test('whose answer is lost has its effect', async () => {
    under({ kind: 'LostBack', thereMs: 1, afterMs: 15_000 })
    await expect(bench.drive(port().create(configMap()))).rejects.toMatchObject({ code: 'KubernetesUnavailable' })
    expect(bench.world.objects.get('ConfigMap', at('a'))).toBeDefined()
  })

  test('of a process that dies meanwhile has its effect, and is never answered', async () => {
    const process = createProcess('worker')
    let heard = false
    const call = bench.world.port(process).create(configMap())
    const hear = (): void => {
      heard = true
    }
    call.then(hear, hear)
    process.die()
    await bench.pass(60_000)
    expect(heard).toBe(false)
    expect(bench.world.objects.get('ConfigMap', at('a'))).toBeDefined()
  })

  test.each([
    ['403', 'Forbidden'],
    ['429', 'KubernetesUnavailable'],
    ['500', 'KubernetesUnavailable'],
    ['409', 'KubernetesUnavailable'],
    ['410', 'KubernetesUnavailable'],
  ])('that is refused with %s is %s, and has no effect', async (status, code) => {
    under(refuse(status))
    await expect(bench.drive(port().create(configMap()))).rejects.toMatchObject({ code })
    expect(bench.world.objects.get('ConfigMap', at('a'))).toBeUndefined()
  })

  test('that compares and sets can be refused with a conflict', async () => {
    bench.world.objects.create(configMap())
    const { resourceVersion } = bench.world.objects.get('ConfigMap', at('a'))?.metadata ?? {}
    under(refuse('409'))
    const patch = port().patch('ConfigMap', at('a'), { metadata: { resourceVersion }, data: { b: '1' } })
    await expect(bench.drive(patch)).rejects.toMatchObject({ code: 'Conflict' })
  })

  test('answers with what is there then, whatever becomes of it', async () => {
    bench.world.objects.create(configMap({ a: '1' }))
    const first = await bench.drive(port().get('ConfigMap', at('a')))
    if (first?.data) first.data['a'] = 'spoilt'
    expect(bench.world.objects.get('ConfigMap', at('a'))?.data).toEqual({ a: '1' })
  })
})
