import { describe, expect, test } from '@jest/globals'
import { READS_LABEL, ROLE_LABEL, SERVES_LABEL } from '../../src/domain/names.ts'
import { areReadersKnown, type ReadPod, readersOf, readLabels } from '../../src/domain/reads.ts'
import type { GroupRow } from '../../src/domain/snapshot.ts'
import { podName, primary, row } from '../support/snapshots.ts'

const TRIO = [primary(0), row(1), row(2)]

interface Scene {
  readonly rows?: readonly GroupRow[]
  readonly notReady?: readonly number[]
  readonly errant?: readonly number[]
  readonly leaving?: readonly number[]
}

const readers = ({ rows = TRIO, notReady = [], errant = [], leaving = [] }: Scene) => {
  const found = readersOf({
    rows,
    pods: [0, 1, 2].map((ordinal) => ({ name: podName(ordinal), ready: !notReady.includes(ordinal), labels: {} })),
    isErrant: (pod) => errant.map(podName).includes(pod),
    isLeaving: (pod) => leaving.map(podName).includes(pod),
  })
  const whom = (what: 'reads' | 'serves') => [0, 1, 2].filter((ordinal) => found.get(podName(ordinal))?.[what])
  return { replicas: whom('reads'), any: whom('serves'), kept: [0, 1, 2].filter((one) => !found.has(podName(one))) }
}

describe('readers are led', () => {
  test.each<[string, Scene, readonly number[], readonly number[]]>([
    ['to the replicas', {}, [1, 2], [0, 1, 2]],
    ['to the only member', { rows: [primary(0)], notReady: [1, 2] }, [0], [0]],
    ['not to who is recovering', { rows: [primary(0), row(1), row(2, 'RECOVERING')] }, [1], [0, 1]],
    ['not to who is outside the group', { rows: [primary(0), row(1)] }, [1], [0, 1]],
    ['not to who is kept apart', { errant: [1] }, [2], [0, 2]],
    ['to the primary, where all replicas are kept apart', { errant: [1, 2] }, [0], [0]],
    ['to the primary, also when it holds something of its own', { errant: [0, 1, 2] }, [0], [0]],
    ['to a replica that is not ready yet, and to the primary until then', { notReady: [1, 2] }, [0, 1, 2], [0, 1, 2]],
    ['to those that are not ready, where nobody is', { notReady: [0, 1, 2] }, [0, 1, 2], [0, 1, 2]],
    ['not to an old primary that sessions are ended on', { leaving: [1] }, [2], [0, 1, 2]],
    ['to that one, where it is the only replica', { rows: [primary(0), row(1)], leaving: [1] }, [1], [0, 1]],
    ['to that one, where the other is not ready', { leaving: [1], notReady: [2] }, [1, 2], [0, 1, 2]],
    ['to that one, where the other is kept apart', { leaving: [1], errant: [2] }, [1], [0, 1]],
  ])('%s', (_, scene, replicas, any) => {
    expect(readers(scene)).toMatchObject({ replicas, any })
  })

  test('nobody decides on a pod that is neither in the group nor ready', () => {
    expect(readers({ rows: [primary(0), row(1)], notReady: [1, 2] }).kept).toEqual([2])
  })
})

test('a pod that is not read loses the labels', () => {
  expect(readLabels({ reads: false, serves: true })).toEqual({ [READS_LABEL]: null, [SERVES_LABEL]: 'true' })
})

describe('the read Services go by the labels', () => {
  const [READS, SERVES] = [{ [READS_LABEL]: 'true' }, { [SERVES_LABEL]: 'true' }]
  const roles = (role: string) => ({ [ROLE_LABEL]: role })
  const pods = (...labels: ReadPod['labels'][]): ReadPod[] =>
    labels.map((one, ordinal) => ({ name: podName(ordinal), ready: true, labels: one }))
  const replica = { ...roles('replica'), ...READS, ...SERVES }

  test.each<[string, readonly ReadPod[], boolean]>([
    ['once all bear them', pods({ ...roles('primary'), ...SERVES }, replica, replica), true],
    ['once the only member bears them', pods({ ...roles('primary'), ...READS, ...SERVES }), true],
    ['whatever one that is kept apart bears', pods({ ...roles('primary'), ...SERVES }, replica, {}), true],
    ['not while nobody bears them', pods(roles('primary'), roles('replica')), false],
    [
      'not while a replica lacks one',
      pods({ ...roles('primary'), ...SERVES }, replica, { ...replica, ...roles('replica'), [READS_LABEL]: '' }),
      false,
    ],
    ['not while the primary lacks them', pods(roles('primary'), replica, replica), false],
    ['not while nobody is read', pods({ ...roles('primary'), ...SERVES }), false],
    ['not while nobody is ready', pods(replica, replica).map((pod) => ({ ...pod, ready: false })), false],
    ['not where there is no pod', [], false],
  ])('%s', (_, given, is) => {
    expect(areReadersKnown(given)).toBe(is)
  })

  test('also while one that is not ready lacks them', () => {
    const [first, ...others] = pods(roles('replica'), replica, { ...roles('primary'), ...SERVES })
    expect(areReadersKnown([{ ...first, ready: false } as ReadPod, ...others])).toBe(true)
  })
})
