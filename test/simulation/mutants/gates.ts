import { type Mutant, one } from './types.ts'

const GROUP = 'activities/group.ts'
const FINALISE = 'activities/finalise.ts'
const OBJECTS = 'activities/objects.ts'

/** Rules that activities check right before the act. */
export const GATES: readonly Mutant[] = [
  one(
    'bootstrap-without-gate',
    'the activity judges the bootstrap again, on evidence of its own',
    GROUP,
    'if (why) throw',
    "if (why && seed === '') throw",
  ),
  one(
    'failover-before-it-was-approved',
    'what may be lost is accepted by a person, after it was shown, and is no more than that',
    'src/domain/failover.ts',
    'return approved === true && shown !== undefined && generation > shown.generation && isNoLarger(loss, shown)',
    'return approved !== false && generation >= 0 && isNoLarger(loss, shown ?? loss)',
  ),
  one(
    'quorum-without-the-silent',
    'a quorum is forced only when all others are proven gone',
    'src/domain/quorum.ts',
    'if (!found) return `',
    "if (!found) return pod !== '' ? undefined : `",
  ),
  one(
    'quorum-of-less',
    'a quorum is forced only by a member that holds all that the others hold',
    'src/domain/quorum.ts',
    'if (!contains(parseGtidSet(seed.holds), parseGtidSet(found.holds))) return',
    'if (pod === "" && !contains(parseGtidSet(seed.holds), parseGtidSet(found.holds))) return',
  ),
  one(
    'bootstrap-off-the-record',
    'a decision to bootstrap is on record before the act',
    GROUP,
    'await record(ports, ref, cluster.metadata.resourceVersion, { seed, bootstraps, ...(name ? { name } : {}) })',
    'void bootstraps',
  ),
  one(
    'record-without-compare-and-set',
    'a decision is put on record only if nobody changed the cluster since',
    GROUP,
    'metadata: { ...ref, resourceVersion },',
    'metadata: { ...ref, ...(resourceVersion ? {} : { resourceVersion }) },',
  ),
  one(
    'unfinished-is-ignored',
    'a bootstrap whose group is there already is recorded, not repeated',
    GROUP,
    'if (!(unfinished && own && isOnline(own))) {',
    'if (!(unfinished && own && isOnline(own) && seed === "")) {',
  ),
  one(
    'record-of-nobody',
    'a group is recorded only while its seed is ONLINE in it',
    GROUP,
    'const incarnation = member && isOnline(member) && seesMajority(member) && parseViewId(member.viewId)?.incarnation',
    "const incarnation = member && (parseViewId(member.viewId)?.incarnation ?? (isOnline(member) && seesMajority(member) ? '' : '1'))",
  ),
  one(
    'bootstraps-are-not-counted',
    'bootstraps are counted, so that a cluster that has formed stays so',
    GROUP,
    'const bootstraps = (before?.bootstraps ?? 0) + (unfinished ? 0 : 1)',
    'const bootstraps = Math.max(1, (before?.bootstraps ?? 0) + (unfinished ? 0 : 0))',
  ),
  one(
    'finalise-always-deletes',
    'volumes are removed only with onDelete: Delete',
    FINALISE,
    "cluster.spec.storage.onDelete === 'Delete'",
    "cluster.spec.storage.onDelete !== 'other'",
  ),
  one(
    'finalise-never-deletes',
    'with onDelete: Delete volumes are removed',
    FINALISE,
    "cluster.spec.storage.onDelete === 'Delete'",
    "cluster.spec.storage.onDelete === 'other'",
  ),
  one(
    'finalise-keeps-finalizer',
    'a cluster whose end is done is let go',
    FINALISE,
    'await kubernetes.patch(KIND, ref, { metadata: { resourceVersion, finalizers } })',
    'if (finalizers.length > 99) await kubernetes.patch(KIND, ref, { metadata: { resourceVersion, finalizers } })',
  ),
  one(
    'uid-is-ignored',
    'what was decided for a cluster is not done to the next one of its name',
    'activities/cluster.ts',
    'return object?.metadata.uid === ref.uid ? parseCluster(object) : undefined',
    'return object ? parseCluster(object) : undefined',
  ),
  one(
    'foreign-objects-are-taken',
    'objects of someone else are left alone',
    OBJECTS,
    'if (foreign.length > 0) {',
    'if (foreign.length > 99) {',
  ),
  one(
    'changes-are-made',
    'once there is a group, a change that is not supported leaves the StatefulSet as it is',
    OBJECTS,
    'const frozen = changed && !canStartOver(snapshot, cluster.spec.size)',
    'const frozen = changed && canStartOver(snapshot, cluster.spec.size) && snapshot.size > 99',
  ),
  one(
    'no-finalizer',
    'the cluster is kept until its end is done',
    OBJECTS,
    'if (!hasFinalizer(cluster)) await keepUntilFinalised(kubernetes, ref)',
    'if (!hasFinalizer(cluster) && ref.uid === "") await keepUntilFinalised(kubernetes, ref)',
  ),
]
