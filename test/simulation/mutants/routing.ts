import { type Mutant, one } from './types.ts'

const ROUTING = 'src/domain/routing.ts'
const SERVICE = 'src/observer/write-service.ts'

/**
 * Rules of where writes go. Two have no mutant: that a view is believed only of a member that is ONLINE and sees a majority.
 * The view of any other one never counts up, so where writes are served it is older, and where they are not it
 * misleads nobody: at most it costs a moment, and after 20 s without a majority such a member leaves its group.
 */
export const ROUTES: readonly Mutant[] = [
  {
    name: 'route-to-any-group',
    rule: 'a view of a group that is not on record is not believed',
    edits: [
      { file: ROUTING, find: '      incarnation !== undefined &&\n', replace: '' },
      { file: ROUTING, find: '      parseViewId(sighting.viewId)?.incarnation === incarnation &&\n', replace: '' },
    ],
  },
  {
    name: 'route-by-older-view',
    rule: 'a view older than the last move, or than another one, is not believed',
    edits: [
      { file: ROUTING, find: '      counter(sighting.viewId) >= oldest &&\n', replace: '' },
      {
        file: ROUTING,
        find: 'return believed.filter(({ viewId }) => counter(viewId) === newest)',
        replace: 'return newest > 0 ? believed.toReversed() : believed',
      },
    ],
  },
  one(
    'route-without-compare-and-set',
    'the write Service is moved by compare-and-set',
    SERVICE,
    'metadata: { resourceVersion, annotations: { [VIEW_ANNOTATION]: viewId, ...moves } },',
    'metadata: { annotations: { [VIEW_ANNOTATION]: viewId, ...moves } }, ...(resourceVersion ? {} : { status: {} }),',
  ),
  one(
    'route-to-all',
    'the write Service selects one pod',
    SERVICE,
    'spec: { selector: { ...Object.fromEntries(others), [POD_NAME_LABEL]: pod } },',
    "spec: { selector: { 'app.kubernetes.io/name': 'mysql', [POD_NAME_LABEL]: null, ...(pod ? {} : { pod }) } },",
  ),
  one(
    'reads-lead-nowhere',
    'pods are labelled by their role',
    SERVICE,
    'metadata.labels?.[ROLE_LABEL] !== roles.get(metadata.name)',
    'metadata.labels?.[ROLE_LABEL] !== roles.get(metadata.name) && pods.length > 99',
  ),
]
