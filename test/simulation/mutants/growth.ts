import { broken, type Mutant } from './types.ts'

const JUDGE = 'src/domain/growth.ts'

/** Rules by which volumes grow. */
export const GROWTHS: readonly Mutant[] = [
  broken(
    'take-over-pods-and-all',
    'the StatefulSet is made anew around its pods, which run on',
    ['Grow', 'GrowLater'],
    ['activities/growth.ts', 'uid, { orphan: true })', 'uid)'],
  ),
  broken(
    'later-volumes-stay-small',
    'the volumes of later members are as large as those that have grown',
    ['Grow', 'GrowLater'],
    [JUDGE, "if (compareSizes(template, size) === 0) return { kind: 'None' }", "if (size) return { kind: 'None' }"],
  ),
  broken(
    'grow-while-paused',
    'a growth that is under way stands still while the cluster is paused',
    ['Grow', 'GrowLater'],
    [JUDGE, 'snapshot.paused ? wait', 'false ? wait'],
  ),
]
