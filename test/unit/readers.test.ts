import { describe, expect, test } from '@jest/globals'
import { ERRANT_ANNOTATION, READS_LABEL, ROLE_LABEL, SERVES_LABEL } from '../../src/domain/names.ts'
import type { Kinds } from '../../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../../src/kubernetes/port.ts'
import { labelPods } from '../../src/observer/pod-labels.ts'
import { observe, trio } from '../support/observed.ts'
import { errant, podName, primary, row } from '../support/snapshots.ts'

const READ_REPLICA = { [ROLE_LABEL]: 'replica', [READS_LABEL]: 'true', [SERVES_LABEL]: 'true' }

describe('readers', () => {
  const reads = (scene: Awaited<ReturnType<typeof observe>>): readonly number[] =>
    [0, 1, 2].filter((ordinal) => scene.marks(ordinal)?.labels[READS_LABEL] === 'true')

  test('are led to the primary while no replica is ready, and to it as long', async () => {
    const scene = await observe(trio())
    await scene.pass(60_000)
    expect(reads(scene)).toEqual([1, 2])
    scene.becomes(1, 'not ready')
    await scene.pass(1_000)
    expect(reads(scene)).toEqual([1, 2])
    scene.becomes(2, 'not ready')
    await scene.pass(1_000)
    expect(reads(scene)).toEqual([0, 1, 2])
    scene.becomes(1, 'ready')
    await scene.pass(1_000)
    expect(reads(scene)).toEqual([1, 2])
  })

  test('are led to others before they are led away', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    const before = scene.patches.length
    for (const member of members) member.foreign = errant(1)
    members[0].foreign = ''
    await scene.pass(10_000)
    const pods = scene.patches.slice(before).filter(({ kind }) => kind === 'Pod')
    expect(pods[0]?.name).toBe(podName(0))
    expect(pods.slice(1).map(({ name }) => name)).toEqual([podName(1), podName(2)])
  })
})

describe('a replica with transactions of its own', () => {
  const goneAstray = async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    expect(scene.marks(1)).toEqual({ labels: READ_REPLICA, annotations: {} })
    members[1].foreign = errant(1)
    return { members, scene }
  }

  test('takes no reads within 10 s, and its pod says why', async () => {
    const { scene } = await goneAstray()
    await scene.pass(10_000)
    expect(scene.marks(1)).toEqual({ labels: {}, annotations: { [ERRANT_ANNOTATION]: errant(1) } })
    expect(scene.marks(2)).toEqual({ labels: READ_REPLICA, annotations: {} })
    expect(scene.writes()).toBe(podName(0))
  })

  test('takes reads again once it holds none', async () => {
    const { members, scene } = await goneAstray()
    await scene.pass(10_000)
    members[1].foreign = ''
    await scene.pass(10_000)
    expect(scene.marks(1)).toEqual({ labels: READ_REPLICA, annotations: {} })
  })

  test('is no such thing when the group has them as well', async () => {
    const { members, scene } = await goneAstray()
    for (const member of members) member.foreign = errant(1)
    await scene.pass(30_000)
    expect(scene.marks(1)).toEqual({ labels: READ_REPLICA, annotations: {} })
  })
})

test('a primary with transactions of its own goes on taking the writes, and its pod says it', async () => {
  const members = trio()
  const scene = await observe(members)
  await scene.pass(60_000)
  members[0].foreign = errant(0)
  await scene.pass(10_000)
  expect(scene.marks(0)).toEqual({
    labels: { [ROLE_LABEL]: 'primary', [SERVES_LABEL]: 'true' },
    annotations: { [ERRANT_ANNOTATION]: errant(0) },
  })
  expect(scene.writes()).toBe(podName(0))
})

describe('a pod that has vanished as readers were to be led to it', () => {
  const READ = { [ROLE_LABEL]: 'replica', [READS_LABEL]: 'true', [SERVES_LABEL]: 'true' }
  /** Who is labelled, where the second pod is gone, the third one is kept apart from now on, and there are others. */
  const labelled = async (...others: readonly object[]): Promise<readonly string[]> => {
    const asked: string[] = []
    const kubernetes = {
      async patch(_: string, { name }: { name: string }) {
        asked.push(name)
        return name === podName(1) ? undefined : {}
      },
    } as unknown as Kubernetes
    const primaryOnly = { [ROLE_LABEL]: 'primary', [SERVES_LABEL]: 'true' }
    const pods = [primaryOnly, {}, READ, ...others].map((labels, ordinal) => ({
      metadata: { namespace: 'default', name: podName(ordinal), uid: `${ordinal}`, labels },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })) as unknown as Kinds['Pod'][]
    const rows = pods.map((_, ordinal) => (ordinal === 0 ? primary(0) : row(ordinal)))
    const found = new Map([[podName(2), errant(2)]])
    await labelPods(kubernetes, pods, { rows, errant: found, isLeaving: () => false })
    return asked
  }

  test('keeps nobody from being kept apart, where somebody else is read', async () => {
    expect(await labelled(READ)).toEqual([podName(1), podName(2)])
  })

  test('is waited for where nobody else is', async () => {
    expect(await labelled()).toEqual([podName(1)])
  })
})
