import { broken, type Mutant } from './types.ts'

const GROUP = 'activities/group.ts'
const FINALISE = 'activities/finalise.ts'
const OBJECTS = 'activities/objects.ts'

/** Rules that activities check right before the act. */
export const GATES: readonly Mutant[] = [
  broken(
    'bootstrap-without-gate',
    'the activity judges the bootstrap again, on evidence of its own',
    ['LateBootstrap'],
    [GROUP, 'if (why) throw', "if (why && seed === '') throw"],
  ),
  broken(
    'bootstrap-off-the-record',
    'a decision to bootstrap is on record before the act',
    [],
    [
      GROUP,
      'await record(ports, ref, cluster.metadata.resourceVersion, { seed, bootstraps, ...(name ? { name } : {}) })',
      'void bootstraps',
    ],
  ),
  broken(
    'record-without-compare-and-set',
    'a decision is put on record only if nobody changed the cluster since',
    ['LateRecord'],
    [
      GROUP,
      'metadata: { ...ref, resourceVersion },',
      'metadata: { ...ref, ...(resourceVersion ? {} : { resourceVersion }) },',
    ],
  ),
  broken(
    'unfinished-is-ignored',
    'a bootstrap whose group is there already is recorded, not repeated',
    ['MakerDies'],
    [
      GROUP,
      'if (!(unfinished && own && isOnline(own))) {',
      'if (!(unfinished && own && isOnline(own) && seed === "")) {',
    ],
  ),
  broken(
    'record-of-nobody',
    'a group is recorded only while its seed is ONLINE in it',
    ['ForgottenGroup'],
    [
      GROUP,
      'const incarnation = member && isOnline(member) && seesMajority(member) && parseViewId(member.viewId)?.incarnation',
      "const incarnation = member && (parseViewId(member.viewId)?.incarnation ?? (isOnline(member) && seesMajority(member) ? '' : '1'))",
    ],
  ),
  broken(
    'bootstraps-are-not-counted',
    'bootstraps are counted, so that a cluster that has formed stays so',
    ['SeedIsLost', 'CrashAll'],
    [
      GROUP,
      'const bootstraps = (before?.bootstraps ?? 0) + (unfinished ? 0 : 1)',
      'const bootstraps = Math.max(1, (before?.bootstraps ?? 0) + (unfinished ? 0 : 0))',
    ],
  ),
  broken(
    'finalise-always-deletes',
    'volumes are removed only with onDelete: Delete',
    ['Recreate', 'Delete'],
    [FINALISE, "cluster.spec.storage.onDelete === 'Delete'", "cluster.spec.storage.onDelete !== 'other'"],
  ),
  broken(
    'finalise-never-deletes',
    'with onDelete: Delete volumes are removed',
    ['Deletion'],
    [FINALISE, "cluster.spec.storage.onDelete === 'Delete'", "cluster.spec.storage.onDelete === 'other'"],
  ),
  broken(
    'finalise-keeps-finalizer',
    'a cluster whose end is done is let go',
    ['Deletion'],
    [
      FINALISE,
      'await kubernetes.patch(KIND, ref, { metadata: { resourceVersion, finalizers } })',
      'if (finalizers.length > 99) await kubernetes.patch(KIND, ref, { metadata: { resourceVersion, finalizers } })',
    ],
  ),
  broken(
    'uid-is-ignored',
    'what was decided for a cluster is not done to the next one of its name',
    ['Recreate', 'RecreateSmaller'],
    [
      'activities/cluster.ts',
      'return object?.metadata.uid === ref.uid ? parseCluster(object) : undefined',
      'return object ? parseCluster(object) : undefined',
    ],
  ),
  broken(
    'foreign-objects-are-taken',
    'objects of someone else are left alone',
    ['SomebodyElses', 'ForeignObject'],
    [OBJECTS, 'if (foreign.length > 0) {', 'if (foreign.length > 99) {'],
  ),
  broken(
    'changes-are-made',
    'once there is a group, a change is not carried out by making the objects again',
    ['UnknownImage', 'ChangeSpec'],
    [
      OBJECTS,
      'const frozen = isPending || (changed && !canStartOver(snapshot, cluster.spec.size))',
      'const frozen = isPending && snapshot.size > 99',
    ],
  ),
  broken(
    'no-finalizer',
    'the cluster is kept until its end is done',
    ['Deletion'],
    [
      OBJECTS,
      'if (!hasFinalizer(cluster)) await keepUntilFinalised(kubernetes, ref)',
      'if (!hasFinalizer(cluster) && ref.uid === "") await keepUntilFinalised(kubernetes, ref)',
    ],
  ),
]
