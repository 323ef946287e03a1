import { broken, type Mutant } from './types.ts'

const ROUTING = 'src/domain/routing.ts'
const LABELS = 'src/observer/pod-labels.ts'
const READERS = 'src/domain/reads.ts'
const SERVICE = 'src/observer/write-service.ts'

/**
 * Rules of where writes go. Two have no mutant: that a view is believed only of a member that is ONLINE and sees a majority.
 * The view of any other one never counts up, so where writes are served it is older, and where they are not it
 * misleads nobody: at most it costs a moment, and after 20 s without a majority such a member leaves its group.
 */
export const ROUTES: readonly Mutant[] = [
  broken(
    'route-to-any-group',
    'a view of a group that is not on record is not believed',
    ['ForgottenGroup', 'SeedVanishes'],
    [ROUTING, '      incarnation !== undefined &&\n', ''],
    [ROUTING, '      parseViewId(sighting.viewId)?.incarnation === incarnation &&\n', ''],
  ),
  broken(
    'route-by-older-view',
    'a view older than the last move, or than another one, is not believed',
    ['BackFromPause', 'PausePrimary'],
    [ROUTING, '      counter(sighting.viewId) >= oldest &&\n', ''],
    [
      ROUTING,
      'return believed.filter(({ viewId }) => counter(viewId) === newest)',
      'return newest > 0 ? believed.toSorted((a, b) => counter(a.viewId) - counter(b.viewId)) : believed',
    ],
  ),
  broken(
    'route-without-compare-and-set',
    'the write Service is moved by compare-and-set',
    ['LateMove'],
    [
      SERVICE,
      'metadata: { resourceVersion, annotations: { [VIEW_ANNOTATION]: viewId, ...moves } },',
      'metadata: { annotations: { [VIEW_ANNOTATION]: viewId, ...moves } }, ...(resourceVersion ? {} : { status: {} }),',
    ],
  ),
  broken(
    'route-to-all',
    'the write Service selects one pod',
    [],
    [
      SERVICE,
      'spec: { selector: { ...Object.fromEntries(others), [POD_NAME_LABEL]: pod } },',
      "spec: { selector: { 'app.kubernetes.io/name': 'mysql', [POD_NAME_LABEL]: null, ...(pod ? {} : { pod }) } },",
    ],
  ),
  broken(
    'reads-lead-nowhere',
    'pods are labelled by their role',
    [],
    [LABELS, 'const wrong = pods.filter((pod) => !isMarked(pod, marks(pod)))', 'const wrong = pods.slice(99)'],
  ),
  broken(
    'reads-of-who-is-apart',
    'readers are not led to a member that is kept apart',
    ['ErrantOnline'],
    [READERS, "({ pod, role }) => role === 'PRIMARY' || !isErrant(pod)", '({ pod }) => pod !== isErrant.name'],
  ),
  broken(
    'reads-of-replicas-only',
    'where no replica can be read, readers are led to the primary',
    [],
    [READERS, ': fit\n', ': read\n'],
  ),
]
