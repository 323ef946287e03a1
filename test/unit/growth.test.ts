import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { ERRORS } from '../../src/domain/errors.ts'
import {
  findGrowthRefusal,
  type GrowthVerdict,
  judgeGrowth,
  nextOfGrowth,
  sizeOfVolumes,
} from '../../src/domain/growth.ts'
import type { ClaimView, Snapshot, VolumesView } from '../../src/domain/snapshot.ts'
import { CLUSTER, claim, serving } from '../support/snapshots.ts'

const volumes: VolumesView = { made: '10Gi', declared: '20Gi', template: '10Gi' }
const claims = (...over: readonly Partial<ClaimView>[]): readonly ClaimView[] =>
  [0, 1, 2].map((ordinal) => ({ ...claim(ordinal), asks: '20Gi', has: '20Gi', ...over[ordinal] }))
const growing = (over: Partial<Snapshot> = {}): Snapshot => serving({ volumes, claims: claims(), ...over })
const SMALL = { asks: '10Gi', has: '10Gi' }
const names = ['data-shop-0', 'data-shop-1', 'data-shop-2']
const chosen = (given: Snapshot) => chooseStep(given, diagnose(given, CLUSTER))

describe('a change of the size of volumes', () => {
  test.each<[string, Snapshot, GrowthVerdict | { kind: string }]>([
    ['is none where an older operator says nothing of volumes', serving(), { kind: 'None' }],
    [
      'is none where all is as declared',
      growing({ volumes: { ...volumes, made: '20Gi', template: '20Gi' } }),
      { kind: 'None' },
    ],
    [
      'is none where the same is written otherwise',
      growing({ volumes: { made: '20Gi', declared: '20480Mi', template: '20Gi' }, claims: claims(SMALL) }),
      { kind: 'None' },
    ],
    [
      'is none once all volumes are large enough, and later ones will be',
      growing({ volumes: { ...volumes, template: '20Gi' } }),
      { kind: 'None' },
    ],
    [
      'begins with the claims that ask for less',
      growing({ claims: claims(SMALL, {}, SMALL) }),
      { kind: 'Ask', claims: ['data-shop-0', 'data-shop-2'], size: '20Gi' },
    ],
    [
      'knows 6G from 6Gi',
      growing({ volumes: { made: '6G', declared: '6Gi', template: '6G' }, claims: claims({ asks: '6G', has: '6Gi' }) }),
      { kind: 'Ask', claims: ['data-shop-0'], size: '6Gi' },
    ],
    [
      'reaches volumes that wait for their members to come back',
      growing({ size: 2, claims: claims({}, {}, SMALL) }),
      { kind: 'Ask', claims: ['data-shop-2'], size: '20Gi' },
    ],
    [
      'waits until the volumes have grown, and says which has not',
      growing({ claims: claims({}, { has: '10Gi' }) }),
      { kind: 'Wait', why: 'the volumes grow to 20Gi: data-shop-1 has 10Gi' },
    ],
    [
      'says when Kubernetes has given up',
      growing({ claims: claims({}, { has: '10Gi', fails: 'ControllerResizeInfeasible' }) }),
      { kind: 'Wait', why: 'the volumes grow to 20Gi: data-shop-1 has 10Gi (ControllerResizeInfeasible)' },
    ],
    [
      'does not wait for a file system that grows when it is mounted next',
      growing({ claims: claims({}, { has: '10Gi', resizes: true }) }),
      { kind: 'TakeOver', claims: names, size: '20Gi' },
    ],
    [
      'does not wait for a volume that no member has now',
      growing({ size: 2, claims: claims({}, {}, { has: '10Gi' }) }),
      { kind: 'TakeOver', claims: names, size: '20Gi' },
    ],
    [
      'waits for a member that has no volume yet',
      growing({ claims: claims({}, { ...SMALL, phase: 'Pending' }) }),
      { kind: 'Wait', why: 'data-shop-1 must have a volume before' },
    ],
    ['makes the StatefulSet anew in the end', growing(), { kind: 'TakeOver', claims: names, size: '20Gi' }],
    [
      'leaves it while members are renewed or their number changes',
      growing({ pending: ['spec.image'], wanted: 5 }),
      { kind: 'Wait', why: 'spec.image, spec.size changes before' },
    ],
    [
      'goes on where somebody made the StatefulSet anew in between',
      growing({ volumes: { ...volumes, template: '20Gi' }, claims: claims(SMALL) }),
      { kind: 'Ask', claims: ['data-shop-0'], size: '20Gi' },
    ],
    [
      'takes back what was taken over too early',
      growing({ volumes: { made: '10Gi', declared: '10Gi', template: '20Gi' } }),
      { kind: 'TakeOver', claims: names, size: '10Gi' },
    ],
    [
      'is refused when they shrink',
      growing({ volumes: { ...volumes, declared: '5Gi' } }),
      { kind: 'Refused', reason: 'StorageShrinks', why: 'from 10Gi to 5Gi' },
    ],
    [
      'is refused with the words of the API server',
      growing({ volumes: { ...volumes, refused: { reason: 'QuotaExceeded', why: 'exceeded quota' } } }),
      { kind: 'Refused', reason: 'QuotaExceeded', why: 'exceeded quota' },
    ],
    [
      'waits while the declaration cannot be carried out',
      growing({ objects: { kind: 'Refused', replicas: 3, reason: 'ForcedSetting', message: 'x' } }),
      { kind: 'Wait', why: 'what else is amiss with the declaration comes first' },
    ],
  ])('%s', (_, given, expected) => {
    expect(judgeGrowth(given)).toEqual(expected)
  })

  test('stands still while the cluster is paused, whatever has begun', () => {
    const [asking, ready] = [growing({ claims: claims(SMALL) }), growing()]
    for (const given of [asking, ready]) {
      expect(nextOfGrowth(given)).toEqual(judgeGrowth(given))
      expect(nextOfGrowth({ ...given, paused: true })).toEqual({
        kind: 'Wait',
        why: 'the cluster is paused (spec.paused)',
      })
    }
  })
})

describe('the next step', () => {
  const asking = growing({ claims: claims(SMALL, SMALL, SMALL) })
  const procedure = { kind: 'growVolumes', subject: 'shop-0', why: 'spec.storage.size is 20Gi, and was 10Gi' }
  test('makes the volumes larger in a workflow of its own, whether members are well or full', () => {
    expect(chosen(asking)).toEqual({ kind: 'Run', procedure })
    expect(chosen({ ...asking, members: [] })).toEqual({ kind: 'Run', procedure })
    expect(chosen({ ...asking, paused: true })).toEqual({ kind: 'Rest' })
  })
  test('is to look again soon while they grow, and now and then where they may not', () => {
    expect(chosen(growing({ claims: claims({ has: '10Gi' }) }))).toMatchObject({ kind: 'Wait', again: 10_000 })
    const refused = { reason: 'VolumeNotExpandable', why: 'no' } as const
    expect(chosen(growing({ volumes: { ...volumes, refused } }))).toMatchObject({ kind: 'Wait', again: 30_000 })
  })
})

describe('what people read', () => {
  test('is that the volumes grow, and which', () => {
    expect(diagnose(growing({ claims: claims({ has: '10Gi' }) }), CLUSTER)).toMatchObject({
      phase: 'Changing',
      ready: true,
      reason: 'Growing',
      message: 'All 3 members are online; the volumes grow to 20Gi: data-shop-0 has 10Gi.',
    })
  })
  test('is why they cannot, the field and the remedy, and that members were left as they were', () => {
    const why = 'data-shop-0: exceeded quota: disks'
    const given = growing({ volumes: { ...volumes, refused: { reason: 'QuotaExceeded', why } } })
    expect(diagnose(given, CLUSTER)).toMatchObject({
      ...{ phase: 'Blocked', ready: true, healthy: false, reason: 'QuotaExceeded' },
      message: `spec.storage.size: ${why}. ${ERRORS.QuotaExceeded.remedy} Members were left as they were.`,
    })
    expect(findGrowthRefusal(given)?.known).toBe(true)
  })
  test('is the size that all volumes have, until all have another', () => {
    expect(sizeOfVolumes(growing())).toBe('10Gi')
    expect(sizeOfVolumes(growing({ volumes: { ...volumes, template: '20Gi' } }))).toBe('20Gi')
    expect(sizeOfVolumes(serving())).toBeUndefined()
  })
})
