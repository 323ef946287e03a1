import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { Response } from 'undici'
import type { Send } from '../../src/kubernetes/client.ts'
import { startInformer } from '../../src/kubernetes/informer.ts'
import type { ObjectKey } from '../../src/kubernetes/port.ts'
import { watch } from '../../src/kubernetes/watch.ts'
import { until, useApiServer } from './stage/jest.ts'

const stage = useApiServer()
let stop = new AbortController()
afterEach(() => {
  stop.abort()
  stop = new AbortController()
})

const configMap = (
  { namespace, name }: ObjectKey,
  data = {},
  labels: Readonly<Record<string, string>> = { follow: 'yes' },
) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels },
  data,
})

/** A transport that can fall silent: connections stay open and nothing comes through, as when a router forgets them. */
const mutable = () => {
  let silent: 'not' | 'watches' | 'all' = 'not'
  let lists = 0
  const never = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  const send: Send = async (request) => {
    const isWatch = request.query?.['watch'] === 'true'
    if (!isWatch) lists += 1
    if (silent === 'all') return never(request.signal)
    const response = await stage().send(request)
    if (!isWatch) return response
    const passed = async function* () {
      for await (const chunk of response.body ?? []) if (silent === 'not') yield chunk
    }
    return { ...response, body: passed() }
  }
  return {
    send,
    fallSilent: (what: typeof silent) => {
      silent = what
    },
    lists: () => lists,
  }
}

const SILENCE_MS = 300

/** An informer of the followed ConfigMaps of a namespace, and what it told. */
const follow = (namespace: string, send = stage().send, silenceMs?: number) => {
  const told: string[] = []
  const informer = startInformer(
    send,
    {
      kind: 'ConfigMap',
      namespace,
      labelSelector: 'follow=yes',
      onChange: (change, { metadata, data }) => told.push(`${change} ${metadata.name} ${JSON.stringify(data ?? {})}`),
    },
    stage().log,
    stop.signal,
    silenceMs,
  )
  return { informer, told }
}

describe('an informer', () => {
  test('tells what is there, what comes, what changes and what goes', async () => {
    const namespace = await stage().namespace()
    const { kubernetes } = stage()
    await kubernetes.create(configMap({ namespace, name: 'a' }))
    await kubernetes.create(configMap({ namespace, name: 'other' }, {}, {}))
    const { informer, told } = follow(namespace)
    await informer.synced
    expect(told).toEqual(['set a {}'])
    await kubernetes.create(configMap({ namespace, name: 'b' }))
    await until('b to be told', () => told.length === 2)
    await kubernetes.patch('ConfigMap', { namespace, name: 'b' }, { data: { x: '1' } })
    await until('the change to be told', () => told.length === 3)
    await kubernetes.delete('ConfigMap', { namespace, name: 'a' })
    await until('the deletion to be told', () => told.length === 4)
    expect(told.slice(1)).toEqual(['set b {}', 'set b {"x":"1"}', 'delete a {}'])
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['b'])
    expect(informer.get(namespace, 'b')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { x: '1' } })
  })

  test('forgets what no longer has the label', async () => {
    const namespace = await stage().namespace()
    await stage().kubernetes.create(configMap({ namespace, name: 'a' }))
    const { informer, told } = follow(namespace)
    await informer.synced
    await stage().kubernetes.patch('ConfigMap', { namespace, name: 'a' }, { metadata: { labels: { follow: null } } })
    await until('a to be told as gone', () => told.length === 2)
    expect(told[1]).toBe('delete a {}')
    expect(informer.list()).toEqual([])
  })

  test('follows on after the API server was away, and tells nothing twice', async () => {
    const namespace = await stage().namespace()
    await stage().kubernetes.create(configMap({ namespace, name: 'a' }))
    const { informer, told } = follow(namespace)
    await informer.synced
    await stage().plane.restartApiServer()
    await stage().kubernetes.create(configMap({ namespace, name: 'b' }))
    await until('b to be told', () => told.includes('set b {}'), 45_000)
    await stage().kubernetes.delete('ConfigMap', { namespace, name: 'a' })
    await until('the deletion to be told', () => told.includes('delete a {}'), 45_000)
    expect(told).toEqual(['set a {}', 'set b {}', 'delete a {}'])
  })

  test('lists again when its resourceVersion has been compacted away', async () => {
    const namespace = await stage().namespace()
    const key = { namespace, name: 'a' }
    await stage().kubernetes.create(configMap(key))
    const old = (await stage().kubernetes.get('ConfigMap', key))?.metadata.resourceVersion ?? ''
    const { informer, told } = follow(namespace)
    await informer.synced
    await stage().kubernetes.patch('ConfigMap', key, { data: { x: '1' } })
    const revision = (await stage().kubernetes.get('ConfigMap', key))?.metadata.resourceVersion
    await until('the change to be told', () => told.includes('set a {"x":"1"}'))
    await stage().plane.restartApiServer(async () => {
      const compaction = { method: 'POST', body: JSON.stringify({ revision, physical: true }) }
      expect((await fetch(`${stage().plane.etcd}/v3/kv/compaction`, compaction)).status).toBe(200)
    })
    expect(await codes(`/api/v1/namespaces/${namespace}/configmaps`, old)).toEqual([410])
    await stage().kubernetes.patch('ConfigMap', key, { data: { x: '2' } })
    await until('the change after it to be told', () => told.includes('set a {"x":"2"}'), 45_000)
  })

  test('lists again when its watch goes silent, and tells what has changed meanwhile', async () => {
    const namespace = await stage().namespace()
    const { kubernetes } = stage()
    for (const name of ['gone', 'again']) await kubernetes.create(configMap({ namespace, name }))
    const { send, fallSilent } = mutable()
    const { informer, told } = follow(namespace, send, SILENCE_MS)
    await informer.synced
    fallSilent('watches')
    told.length = 0
    await kubernetes.delete('ConfigMap', { namespace, name: 'gone' })
    await kubernetes.delete('ConfigMap', { namespace, name: 'again' })
    await kubernetes.create(configMap({ namespace, name: 'again' }))
    await until('the deletions and the new object to be told', () => told.length === 3)
    expect(told.toSorted()).toEqual(['delete again {}', 'delete gone {}', 'set again {}'])
    expect(told.indexOf('delete again {}')).toBeLessThan(told.indexOf('set again {}'))
  })

  test('says since when the API server is silent, while no list comes through either', async () => {
    const { send, fallSilent, lists } = mutable()
    const { informer } = follow(await stage().namespace(), send, SILENCE_MS)
    await informer.synced
    fallSilent('all')
    const asked = lists()
    await until('a list to be asked for in vain', () => lists() > asked)
    expect(Date.now() - informer.lastHeard()).toBeGreaterThanOrEqual(SILENCE_MS)
  })

  test.each([
    ['is refused', () => new Response('{}', { status: 403 })],
    ['ends at once', () => new Response('')],
  ])('asks ever less often while its watch %s', async (_, answer) => {
    const longest = jest.spyOn(Math, 'random').mockReturnValue(1)
    const lists: number[] = []
    const send: Send = async (request) => {
      if (request.query?.['watch'] === 'true') return answer()
      lists.push(Date.now())
      return stage().send(request)
    }
    follow(await stage().namespace(), send)
    await until('three lists', () => lists.length === 3)
    longest.mockRestore()
    const [first = 0, second = 0, third = 0] = lists
    expect(second - first).toBeGreaterThanOrEqual(490)
    expect(third - second).toBeGreaterThanOrEqual(990)
  })

  test('is heard of, and ends when it is told to', async () => {
    const namespace = await stage().namespace()
    const before = Date.now()
    const { informer, told } = follow(namespace)
    await informer.synced
    expect(informer.lastHeard()).toBeGreaterThanOrEqual(before)
    stop.abort()
    await stage().kubernetes.create(configMap({ namespace, name: 'late' }))
    const other = new AbortController()
    const seen = startInformer(
      stage().send,
      { kind: 'ConfigMap', namespace, onChange: () => undefined },
      stage().log,
      other.signal,
    )
    await seen.synced
    other.abort()
    expect(seen.list()).toHaveLength(1)
    expect(told).toEqual([])
  })
})

/** The codes with which a watch from `resourceVersion` ends at once. */
const codes = async (path: string, resourceVersion: string): Promise<readonly (number | undefined)[]> => {
  const found: (number | undefined)[] = []
  for await (const event of watch(stage().send, path, {}, resourceVersion, AbortSignal.timeout(10_000)))
    if (event.type === 'ERROR') found.push(event.object.code)
  return found
}
