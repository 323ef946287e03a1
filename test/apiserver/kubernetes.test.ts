import { beforeAll, describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { KIND, PLURAL } from '../../crds/mysqlcluster.ts'
import { POD_NAME_LABEL, VIEW_ANNOTATION } from '../../src/domain/names.ts'
import { publishEvent } from '../../src/kubernetes/events.ts'
import { moveWrites } from '../../src/observer/write-service.ts'
import { manifest } from '../support/clusters.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
let namespace = ''
beforeAll(async () => {
  namespace = await stage().namespace()
})

const key = (name: string) => ({ namespace, name })
const configMap = (name: string, data: Readonly<Record<string, string>> = {}, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels: { test: 'yes' }, ...more },
  data,
})
const get = (name: string) => stage().kubernetes.get('ConfigMap', key(name))

describe('what is not there', () => {
  test('is read as undefined', async () => {
    expect(await get('nothing')).toBeUndefined()
    expect(await stage().kubernetes.get(KIND, key('nothing'))).toBeUndefined()
  })

  test('is listed as nothing', async () => {
    expect(await stage().kubernetes.list('Secret', 'no-such-namespace', {})).toEqual([])
  })

  test('is patched and deleted without an error', async () => {
    expect(await stage().kubernetes.patch('ConfigMap', key('nothing'), { data: {} })).toBeUndefined()
    expect(await stage().kubernetes.delete('ConfigMap', key('nothing'))).toBe(false)
  })
})

describe('an object', () => {
  test('is created once, and what exists is left as it is', async () => {
    expect(await stage().kubernetes.create(configMap('once', { a: '1' }))).toBe('created')
    expect(await stage().kubernetes.create(configMap('once', { a: '2' }))).toBe('exists')
    expect((await get('once'))?.data).toEqual({ a: '1' })
  })

  test('cannot be created in a namespace that is not there', async () => {
    const lost = configMap('lost', {}, { namespace: 'no-such-namespace' })
    await expect(stage().kubernetes.create(lost)).rejects.toMatchObject({ code: 'KubernetesRefused' })
  })

  test('is listed by its labels, over more than one page', async () => {
    const names = Array.from({ length: 505 }, (_, number) => `page-${number}`)
    const labelled = (name: string) => configMap(name, {}, { labels: { page: 'yes' } })
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => stage().kubernetes.create(labelled(name))))
    const found = await stage().kubernetes.list('ConfigMap', namespace, { page: 'yes' })
    expect(new Set(found.map(({ metadata }) => metadata.name))).toEqual(new Set(names))
    expect(await stage().kubernetes.list('ConfigMap', namespace, { page: 'no' })).toEqual([])
  })

  test('is deleted, of the given uid only', async () => {
    await stage().kubernetes.create(configMap('doomed'))
    const uid = (await get('doomed'))?.metadata.uid
    await expect(stage().kubernetes.delete('ConfigMap', key('doomed'), 'another-uid')).rejects.toMatchObject({
      code: 'Conflict',
    })
    expect(await stage().kubernetes.delete('ConfigMap', key('doomed'), uid)).toBe(true)
    expect(await get('doomed')).toBeUndefined()
  })
})

describe('a pod on a node that is away', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lone', namespace: '' },
    spec: { nodeName: 'away', containers: [{ name: 'mysqld', image: 'mysql:9.7' }] },
  }
  const read = () => stage().kubernetes.get('Pod', key('lone'))

  test('is removed at once, unless it was changed since it was read', async () => {
    await stage().kubernetes.create({ ...pod, metadata: { name: 'lone', namespace } })
    const before = (await read())?.metadata
    await stage().kubernetes.patch('Pod', key('lone'), { metadata: { labels: { seen: 'again' } } })
    const remove = (resourceVersion = '') =>
      stage().kubernetes.delete('Pod', key('lone'), before?.uid, { atOnce: true, resourceVersion })
    await expect(remove(before?.resourceVersion)).rejects.toMatchObject({ code: 'Conflict' })
    expect((await read())?.metadata.deletionTimestamp).toBeUndefined()
    expect(await remove((await read())?.metadata.resourceVersion)).toBe(true)
    expect(await read()).toBeUndefined()
  })
})

describe('an apply', () => {
  test('makes what is not there, and twice changes nothing', async () => {
    await stage().kubernetes.apply(configMap('applied', { a: '1' }), { manager: 'us' })
    const before = await get('applied')
    await stage().kubernetes.apply(configMap('applied', { a: '1' }), { manager: 'us' })
    expect((await get('applied'))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion)
  })

  test('removes what its manager no longer wants, and leaves what is of others', async () => {
    const { apply } = stage().kubernetes
    await apply(configMap('shared', { ours: '1', old: '1' }), { manager: 'us' })
    await apply(configMap('shared', { theirs: '1' }), { manager: 'them' })
    await apply(configMap('shared', { ours: '2' }), { manager: 'us' })
    expect((await get('shared'))?.data).toEqual({ ours: '2', theirs: '1' })
  })

  test('refuses a field that does not exist, and names it', async () => {
    const wrong = { ...configMap('wrong'), dta: {} }
    await expect(stage().kubernetes.apply(wrong, { manager: 'us' })).rejects.toMatchObject({
      code: 'KubernetesRefused',
      message: expect.stringContaining('dta'),
    })
  })

  test('of a status leaves the declaration alone', async () => {
    await stage().kubernetes.apply(manifestHere('with-status'), { manager: 'person' })
    const status = { apiVersion: API_VERSION, kind: KIND, metadata: key('with-status'), status: { phase: 'Healthy' } }
    await stage().kubernetes.apply(status, { manager: 'us', subresource: 'status' })
    const found = await stage().kubernetes.get(KIND, key('with-status'))
    expect(found).toMatchObject({ spec: { size: 3 }, status: { phase: 'Healthy' }, metadata: { generation: 1 } })
  })

  test('with the uid of a cluster that is gone does not bring it back', async () => {
    const gone = manifestHere('gone', { uid: '00000000-0000-4000-8000-000000000000' })
    await expect(stage().kubernetes.apply(gone, { manager: 'us' })).rejects.toMatchObject({ code: 'Conflict' })
    expect(await stage().kubernetes.get(KIND, key('gone'))).toBeUndefined()
  })
})

const manifestHere = (name: string, more: object = {}) => {
  const { metadata, ...rest } = manifest(undefined, name)
  return { ...rest, metadata: { ...metadata, namespace, ...more } }
}

describe('a compare-and-set', () => {
  const stale = async (name: string): Promise<string> => {
    await stage().kubernetes.create(configMap(name, { a: '0' }))
    const read = (await get(name))?.metadata.resourceVersion ?? ''
    await stage().kubernetes.patch('ConfigMap', key(name), { data: { a: '1' } })
    return read
  }

  test('by patch loses when the object was changed since', async () => {
    const resourceVersion = await stale('patched')
    const patch = stage().kubernetes.patch('ConfigMap', key('patched'), {
      metadata: { resourceVersion },
      data: { a: '2' },
    })
    await expect(patch).rejects.toMatchObject({ code: 'Conflict', retryable: true })
    expect((await get('patched'))?.data).toEqual({ a: '1' })
  })

  test('by replace loses when the object was changed since', async () => {
    const resourceVersion = await stale('replaced')
    await expect(stage().kubernetes.replace(configMap('replaced', {}, { resourceVersion }))).rejects.toMatchObject({
      code: 'Conflict',
    })
  })

  test('by apply loses when the object was changed since', async () => {
    const resourceVersion = await stale('recorded')
    const apply = stage().kubernetes.apply(configMap('recorded', { b: '1' }, { resourceVersion }), { manager: 'us' })
    await expect(apply).rejects.toMatchObject({ code: 'Conflict' })
  })

  test('on a status also guards against a declaration that changed since', async () => {
    await stage().kubernetes.create(manifestHere('moved'))
    const resourceVersion = (await stage().kubernetes.get(KIND, key('moved')))?.metadata.resourceVersion ?? ''
    await stage().kubernetes.patch(KIND, key('moved'), { spec: { paused: true } })
    const group = { seed: 'moved-0', bootstraps: 1 }
    const record = {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { ...key('moved'), resourceVersion },
      status: { group },
    }
    await expect(stage().kubernetes.apply(record, { manager: 'us', subresource: 'status' })).rejects.toMatchObject({
      code: 'Conflict',
    })
  })
})

describe('the write Service', () => {
  test('is moved once by two observers that saw the same, and keeps one endpoint', async () => {
    const ports = [{ port: 3306 }]
    await stage().kubernetes.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: key('shop-primary'),
      spec: { ports },
    } as never)
    const service = await stage().kubernetes.get('Service', key('shop-primary'))
    if (!service) throw new Error('the Service was made')
    const moves = await Promise.all(
      ['shop-1', 'shop-2'].map((pod) => moveWrites(stage().kubernetes, service, pod, '1:2')),
    )
    expect(moves.filter(Boolean)).toHaveLength(1)
    const after = await stage().kubernetes.get('Service', key('shop-primary'))
    expect(after?.spec?.selector).toEqual({ [POD_NAME_LABEL]: moves[0] ? 'shop-1' : 'shop-2' })
    expect(after?.metadata.annotations).toEqual({ [VIEW_ANNOTATION]: '1:2' })
  })
})

describe('an event', () => {
  test('is accepted, and shown once for an occasion', async () => {
    const ref = { namespace, name: 'shop', uid: 'some-uid' }
    const text = { type: 'Normal', reason: 'Synced', action: 'Reconcile', note: 'n'.repeat(2000) } as const
    for (const occasion of ['first', 'first', 'second'])
      await publishEvent(stage().kubernetes, ref, text, occasion, 'us', new Date().toISOString())
    const events = await stage().kubernetes.list('Event', namespace, {})
    expect(events.filter(({ reason }) => reason === 'Synced')).toHaveLength(2)
  })
})

describe('a person', () => {
  const path = () => `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}/shown`

  test('sees size, availability, phase and primary in a list', async () => {
    await stage().kubernetes.create(manifestHere('shown'))
    const status = { phase: 'Degraded', availableReplicas: 2, replicas: 3, primary: 'shown-1', selector: 'a=b' }
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: key('shown'), status }
    await stage().kubernetes.apply(object, { manager: 'us', subresource: 'status' })
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const { server, token, authority } = stage().plane
    const table = await asTable(`${server}${path()}`, { accept, authorization: `Bearer ${token}` }, authority)
    const names = table.columnDefinitions.map(({ name }) => name)
    const isWide = ({ priority }: { priority: number }): boolean => priority > 0
    const wide = table.columnDefinitions.filter(isWide).map(({ name }) => name)
    expect(names.filter((name) => !wide.includes(name))).toEqual([
      ...['Name', 'Size', 'Available', 'Phase', 'Primary', 'Version', 'Age'],
    ])
    expect(wide).toEqual(['Procedure', 'Last', 'Message'])
    expect(table.rows[0]?.cells.slice(0, 5)).toEqual(['shown', 3, 2, 'Degraded', 'shown-1'])
  })

  test('scales by the scale subresource', async () => {
    const { body } = await stage().ask('GET', `${path()}/scale`)
    expect(body).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 3, selector: 'a=b' } })
    await stage().ask('PUT', `${path()}/scale`, { ...body, spec: { replicas: 5 } })
    expect(await stage().kubernetes.get(KIND, key('shown'))).toMatchObject({ spec: { size: 5 } })
  })
})

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[]
  readonly rows: readonly { readonly cells: readonly unknown[] }[]
}

const asTable = async (url: string, headers: Readonly<Record<string, string>>, ca: string): Promise<Table> => {
  const { Agent, fetch } = await import('undici')
  const dispatcher = new Agent({ connect: { ca } })
  try {
    return (await (await fetch(url, { headers, dispatcher })).json()) as Table
  } finally {
    await dispatcher.close()
  }
}

describe('a request that cannot succeed', () => {
  test('for want of rights is Forbidden', async () => {
    await expect(stage().stranger.get('ConfigMap', key('nothing'))).rejects.toMatchObject({ code: 'Forbidden' })
  })

  test('for want of a kind or a name is refused before it is sent', async () => {
    await expect(stage().kubernetes.create({ kind: 'ConfigMap', metadata: { namespace } })).rejects.toMatchObject({
      code: 'InvalidObject',
    })
    await expect(
      stage().kubernetes.create({ kind: 'ReplicaSet', metadata: { name: 'x', namespace } }),
    ).rejects.toMatchObject({
      code: 'InvalidObject',
    })
  })
})
