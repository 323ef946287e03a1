import { broken, type Mutant } from './types.ts'

/** Rules by which volumes grow. */
export const GROWTHS: readonly Mutant[] = [
  broken(
    'take-over-pods-and-all',
    'the StatefulSet is made anew around its pods, which run on',
    ['Grow', 'GrowLater'],
    ['activities/growth.ts', 'uid, { orphan: true })', 'uid)'],
  ),
]
