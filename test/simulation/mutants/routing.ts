import { type Mutant, one } from './types.ts'

const ROUTING = 'src/domain/routing.ts'
const SERVICE = 'src/observer/write-service.ts'

/** Rules of where writes go. */
export const ROUTES: readonly Mutant[] = [
  one(
    'route-to-any-group',
    'a view of a group that is not on record is not believed',
    ROUTING,
    '      parseViewId(sighting.viewId)?.incarnation === incarnation &&\n',
    '',
  ),
  one(
    'route-by-older-view',
    'a view older than the last move is not believed',
    ROUTING,
    '      counter(sighting.viewId) >= oldest &&\n',
    '',
  ),
  one(
    'route-by-minority',
    'a view without a majority is not believed',
    ROUTING,
    ' &&\n      seesMajority(sighting as MemberView)',
    '',
  ),
  one(
    'route-by-outsider',
    'a view of one that is not ONLINE in it is not believed',
    ROUTING,
    '      isOnline(sighting as MemberView) &&\n',
    '',
  ),
  one(
    'route-by-any-credible-view',
    'of the credible views the newest count',
    ROUTING,
    'return believed.filter(({ viewId }) => counter(viewId) === newest)',
    'return newest > 0 ? believed.toReversed() : believed',
  ),
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
