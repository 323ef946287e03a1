import { beforeEach, describe, expect, test } from '@jest/globals'
import { podView } from '../../../src/kubernetes/views.ts'
import { type Bench, createBench } from './bench.ts'
import { at, makeCluster, NAME, pod, podsOf, shown, untilReady, viewsOf } from './stage.ts'

let bench: Bench
beforeEach(() => {
  bench = createBench(expect.getState().currentTestName ?? 1)
})
const containerOf = (ordinal: number) => bench.containers.get(pod(bench, ordinal).metadata.uid)
const scale = (replicas: number) => bench.world.objects.patch('StatefulSet', at(NAME), { spec: { replicas } })

describe('a StatefulSet', () => {
  test('becomes pods that are ready, each with a volume and an address of its own', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    expect(viewsOf(bench).map(({ name }) => name)).toEqual(['shop-0', 'shop-1', 'shop-2'])
    expect(new Set(viewsOf(bench).map(({ ip }) => ip)).size).toBe(3)
    const claims = bench.world.objects.list('PersistentVolumeClaim')
    expect(claims.map(({ metadata, status }) => [metadata.name, status?.phase])).toEqual(
      [0, 1, 2].map((ordinal) => [`data-shop-${ordinal}`, 'Bound']),
    )
    const status = () => bench.world.objects.get('StatefulSet', at(NAME))?.status
    await bench.until('its status', () => status()?.replicas === 3 && status()?.readyReplicas === 3)
  })

  test('hands its containers what they need', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const claim = bench.world.objects.get('PersistentVolumeClaim', at('data-shop-1'))
    expect(containerOf(1)?.spec).toMatchObject({
      image: 'mysql:8.0',
      volume: claim?.metadata.uid,
      secrets: { operator: 'secret', replication: 'secret' },
      configuration: expect.stringContaining('group_replication_group_name'),
      env: {
        POD_NAME: 'shop-1',
        POD_IP: pod(bench, 1).status?.podIP,
        MEMBER_HOST: 'shop-1.shop.default.svc.cluster.local',
      },
    })
  })

  test('loses its last pods when it is made smaller, and finds their volumes when it grows again', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const volume = containerOf(2)?.spec.volume
    scale(1)
    await bench.until('one pod', () => podsOf(bench).length === 1)
    expect(podsOf(bench)[0]?.metadata.name).toBe('shop-0')
    expect(bench.world.objects.list('PersistentVolumeClaim')).toHaveLength(3)
    scale(3)
    await untilReady(bench, 3)
    expect(containerOf(2)?.spec.volume).toBe(volume)
  })

  test('changes no pod when its template changes, and makes the next one from it', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const before = podsOf(bench).map(({ metadata }) => metadata.uid)
    bench.world.faults.images.add('mysql:8.1')
    bench.world.objects.update('StatefulSet', at(NAME), ({ spec }) => {
      for (const container of spec?.template.spec?.containers ?? []) container.image = 'mysql:8.1'
    })
    await bench.pass(60_000)
    expect(podsOf(bench).map(({ metadata }) => metadata.uid)).toEqual(before)
    bench.world.faults.deletePod(at('shop-1'))
    await bench.until(
      'the new image',
      () => bench.containers.get(podsOf(bench)[1]?.metadata.uid ?? '')?.spec.image === 'mysql:8.1',
    )
  })

  test('does not make a pod while its claim is being deleted', async () => {
    makeCluster(bench, { size: 1 })
    await untilReady(bench, 1)
    const claim = () => bench.world.objects.get('PersistentVolumeClaim', at('data-shop-0'))?.metadata
    const hold = (finalizers: readonly string[]) =>
      bench.world.objects.patch('PersistentVolumeClaim', at('data-shop-0'), { metadata: { finalizers } })
    const old = containerOf(0)?.spec.volume ?? ''
    hold([...(claim()?.finalizers ?? []), 'other.org/one'])
    bench.world.objects.delete('PersistentVolumeClaim', at('data-shop-0'))
    bench.world.faults.deletePod(at('shop-0'))
    await bench.until('nobody but another to hold it', () => claim()?.finalizers?.join() === 'other.org/one')
    await bench.pass(10_000)
    expect(podsOf(bench)).toEqual([])
    hold([])
    await untilReady(bench, 1)
    expect(containerOf(0)?.spec.volume).not.toBe(old)
  })
})

describe('a pod', () => {
  test('that is killed is replaced by another one on its volume', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const [before, volume] = [pod(bench, 1), containerOf(1)?.spec.volume]
    expect(bench.world.faults.killPod(at('shop-1'))).toBe(true)
    expect(bench.world.objects.get('Pod', at('shop-1'))).toBeUndefined()
    await untilReady(bench, 3)
    expect(pod(bench, 1).metadata.uid).not.toBe(before.metadata.uid)
    expect(pod(bench, 1).status?.podIP).not.toBe(before.status?.podIP)
    expect(containerOf(1)?.spec.volume).toBe(volume)
    expect(bench.containers.has(before.metadata.uid)).toBe(false)
  })

  test('that is deleted in order stays until its container has stopped', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    bench.stopMs = 20_000
    const { uid } = pod(bench, 1).metadata
    bench.world.faults.deletePod(at('shop-1'))
    await bench.pass(15_000)
    expect(viewsOf(bench)[1]).toMatchObject({ uid, deleting: true })
    await bench.until('its container to end', () => !bench.containers.has(uid))
    expect(pod(bench, 1).metadata.uid).toBe(uid)
    await untilReady(bench, 3)
    expect(pod(bench, 1).metadata.uid).not.toBe(uid)
  })

  test('never runs on a volume that another container still has', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    for (const round of [0, 1, 2, 0, 1, 2]) {
      bench.world.faults[round === 1 ? 'deletePod' : 'killPod'](at(`shop-${round}`))
      await untilReady(bench, 3)
    }
    expect(bench.clashes).toEqual([])
  })

  test('keeps its name, address and uid when its container ends, and counts that', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const before = pod(bench, 1)
    containerOf(1)?.exit(1)
    await bench.until('its end to be shown', () => shown(bench, 1).includes('"exitCode":1'))
    await untilReady(bench, 3)
    const after = pod(bench, 1)
    expect([after.metadata.uid, after.status?.podIP]).toEqual([before.metadata.uid, before.status?.podIP])
    expect(after.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 1 } },
    })
  })

  test('whose container is killed runs it again', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    expect(bench.world.faults.crashContainer(at('shop-1'))).toBe(true)
    expect(bench.world.faults.crashContainer(at('shop-1'))).toBe(false)
    await bench.until('another container', () => containerOf(1) !== undefined)
    await untilReady(bench, 3)
  })

  test('whose container ends again and again says so', async () => {
    makeCluster(bench, { size: 1 })
    for (let round = 0; round < 3; round += 1) {
      await bench.until('a container', () => bench.containers.size === 1)
      containerOf(0)?.exit(2)
    }
    await bench.until('it to be shown', () => shown(bench, 0).includes('CrashLoopBackOff'))
    expect(shown(bench, 0)).toContain('"exitCode":2')
  })

  test('is ready as long as its probe succeeds', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    bench.ready = (name) => name !== 'shop-2'
    await bench.until('it to be unready', () => !podView(pod(bench, 2)).ready)
    expect(containerOf(2)).toBeDefined()
    bench.ready = () => true
    await untilReady(bench, 3)
  })
})

describe('a pod that cannot start says why, and starts once it can', () => {
  test('when its image cannot be pulled', async () => {
    makeCluster(bench, { size: 1, image: 'mysql:none' })
    await bench.until('trouble', () => shown(bench, 0).includes('ImagePullBackOff'))
    expect(shown(bench, 0)).toContain('mysql:none')
    bench.world.faults.images.add('mysql:none')
    await untilReady(bench, 1)
  })

  test('when there is no such StorageClass', async () => {
    makeCluster(bench, { size: 1, storage: { storageClassName: 'fast' } })
    await bench.until('trouble', () => shown(bench, 0).includes('Unschedulable'))
    expect(shown(bench, 0)).toContain('unbound')
    bench.world.faults.storageClasses.add('fast')
    await untilReady(bench, 1)
  })

  test('when there is no room', async () => {
    bench.world.faults.full = true
    makeCluster(bench, { size: 1 })
    await bench.until('trouble', () => shown(bench, 0).includes('memory'))
    bench.world.faults.full = false
    await untilReady(bench, 1)
  })

  test('when a Secret is missing', async () => {
    const ref = makeCluster(bench, { size: 1 })
    const secret = bench.world.objects.get('Secret', at('shop-system'))
    bench.world.objects.delete('Secret', at('shop-system'))
    await bench.pass(20_000)
    expect(bench.containers.size).toBe(0)
    bench.world.objects.create({ ...secret, metadata: { name: 'shop-system', namespace: ref.namespace } })
    await untilReady(bench, 1)
  })
})

describe('a node', () => {
  test('that fails takes its containers at once, and its pods only much later', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const { uid } = pod(bench, 0).metadata
    const node = bench.world.faults.failNodeOf(at('shop-0')) ?? ''
    expect(bench.containers.has(uid)).toBe(false)
    expect(podView(pod(bench, 0)).ready).toBe(true)
    await bench.until('it to be noticed', () => !podView(pod(bench, 0)).ready)
    await bench.until('it to be given up', () => podView(pod(bench, 0)).deleting, 600_000)
    await bench.pass(60_000)
    expect(pod(bench, 0).metadata.uid).toBe(uid)
    bench.world.faults.repairNode(node)
    await untilReady(bench, 3)
    expect(pod(bench, 0).metadata.uid).not.toBe(uid)
  })

  test('that comes back in time runs its pods again', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const { uid } = pod(bench, 0).metadata
    const node = bench.world.faults.failNodeOf(at('shop-0')) ?? ''
    await bench.pass(20_000)
    bench.world.faults.repairNode(node)
    await bench.until('its container', () => bench.containers.has(uid))
    await untilReady(bench, 3)
    expect(pod(bench, 0).metadata.uid).toBe(uid)
  })

  test('that is not heard is not ready, while its containers go on', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const { uid } = pod(bench, 0).metadata
    const node = bench.world.faults.silenceNodeOf(at('shop-0')) ?? ''
    await bench.until('it to be noticed', () => !podView(pod(bench, 0)).ready)
    expect(bench.containers.has(uid)).toBe(true)
    bench.world.faults.repairNode(node)
    await untilReady(bench, 3)
    expect(pod(bench, 0).metadata.uid).toBe(uid)
  })

  test('whose pod is removed by force gives way to another one', async () => {
    makeCluster(bench)
    await untilReady(bench, 3)
    const node = bench.world.faults.failNodeOf(at('shop-0'))
    bench.world.faults.killPod(at('shop-0'))
    await untilReady(bench, 3)
    expect(pod(bench, 0).spec?.nodeName).not.toBe(node)
  })
})
