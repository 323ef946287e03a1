import { broken, type Mutant } from './types.ts'

const BOOTSTRAP = 'src/domain/bootstrap.ts'
const STATE = 'src/domain/cluster-state.ts'
const PLAN = 'src/domain/plan.ts'
const GROUP = 'src/domain/group.ts'
const JOIN = 'src/domain/join.ts'

const NEED = 'src/domain/rebuild-need.ts'

/**
 * Rules of diagnose and plan. One has no mutant: that a primary counts only while it is ONLINE. In a view that is believed it is
 * shown otherwise for a second at most, between its silence and its expulsion, and nothing is done about it meanwhile.
 */
export const DECISIONS: readonly Mutant[] = [
  broken(
    'bootstrap-beside-group',
    'no group is made while a member that answers is in one (state and gate)',
    ['MajorityRestarts'],
    [BOOTSTRAP, 'if (inGroup) return', 'if (inGroup && snapshot.size > 99) return'],
    [STATE, 'if (snapshot.members.some(isInGroup)) {', 'if (snapshot.size > 99 && isInGroup) {'],
  ),
  broken(
    'fresh-with-old-volumes',
    'a cluster with volumes older than itself is not fresh',
    ['LastIsBeyond', 'Recreate', 'RecreateSmaller'],
    [
      BOOTSTRAP,
      '!hasFormed(snapshot) && snapshot.claims.every((claim) => claim.createdAt >= snapshot.createdAt)',
      '!hasFormed(snapshot)',
    ],
  ),
  broken(
    'fresh-though-formed',
    'a cluster that has formed once is not fresh',
    ['LastStanding', 'CrashAll', 'DeleteAllPods'],
    [BOOTSTRAP, '!hasFormed(snapshot) && snapshot.claims.every', 'snapshot.claims.every'],
  ),
  broken(
    'formed-only-while-recorded',
    'a cluster has formed also while a later bootstrap is under way',
    ['SeedIsLost'],
    [BOOTSTRAP, 'group.incarnation !== undefined || group.bootstraps > 1', 'group.incarnation !== undefined'],
  ),
  broken(
    'any-seed-may-repeat',
    'an unfinished bootstrap without data is repeated by its own seed only',
    ['SeedVanishes'],
    [
      BOOTSTRAP,
      'ordinalOf(member.pod) < snapshot.size : member.pod === decided',
      'ordinalOf(member.pod) < snapshot.size : ordinalOf(member.pod) < snapshot.size',
    ],
  ),
  broken(
    'volumes-beyond-size',
    'volumes beyond the size may hold newer data',
    ['LastIsBeyond'],
    [BOOTSTRAP, 'if (beyond.length > 0) {', 'if (beyond.length > 99) {'],
  ),
  broken(
    'missing-members-do-not-matter',
    'with data, every member must answer before one is chosen: those without a pod too',
    ['LastStanding'],
    [BOOTSTRAP, 'snapshot.pods.length < snapshot.size || silent.length > 0', 'silent.length > 0'],
  ),
  broken(
    'silent-members-do-not-matter',
    'with data, every member must answer before one is chosen',
    ['LastStanding', 'CrashAll', 'DeleteAllPods'],
    [
      BOOTSTRAP,
      'snapshot.pods.length < snapshot.size || silent.length > 0',
      'snapshot.pods.length < snapshot.size || silent.length > 99',
    ],
  ),
  broken(
    'any-member-is-seed',
    'the seed holds all that any member holds',
    ['LastStanding', 'MinorityLags', 'DivergeAndCrash'],
    [
      BOOTSTRAP,
      'const seed = supersets(snapshot.members)[0]',
      'const seed = [...snapshot.members].sort(byOrdinal)[0] ?? supersets(snapshot.members)[0]',
    ],
  ),
  broken(
    'foreign-group-is-not-recorded',
    'a group that is found but not on record is recorded',
    ['ForgottenGroup'],
    [STATE, 'if (foreign) return foreign', 'if (foreign && snapshot.size > 99) return foreign'],
  ),
  broken(
    'nobody-is-outside',
    'a pod that is not in the view is outside',
    ['ErrantOutside', 'SwitchoverAstray'],
    [
      STATE,
      'outside: snapshot.pods.filter((pod) => !inView.has(pod.name) && pod.ordinal < snapshot.size).map((pod) => pod.name),',
      'outside: [],',
    ],
  ),
  broken(
    'deletion-comes-last',
    'a deletion comes before all else',
    ['Deletion'],
    [
      STATE,
      "if (snapshot.deleting) return { kind: 'Deleting' }",
      "if (snapshot.deleting && snapshot.members.length === 0 && snapshot.size > 99) return { kind: 'Deleting' }",
    ],
  ),
  broken(
    'served-without-routing',
    'writes are served only when the Service selects the primary',
    ['LateMove', 'OperatorDies'],
    [
      STATE,
      'primary !== undefined && snapshot.writes === primary && !snapshot.refused && takesWrites(snapshot, primary),',
      'primary !== undefined,',
    ],
  ),
  broken(
    'no-joins',
    'a member that is outside and can join is joined',
    [],
    [PLAN, 'if (join) return join', "if (join) return { kind: 'Rest' }"],
  ),
  broken(
    'paused-acts',
    'while paused nothing is done',
    ['PausedOutage'],
    [
      PLAN,
      "if (snapshot.paused) return { kind: 'Rest' }",
      "if (snapshot.paused && snapshot.size > 99) return { kind: 'Rest' }",
    ],
  ),
  broken(
    'no-bootstrap',
    'an allowed bootstrap is done',
    [],
    [PLAN, "if (state.verdict.kind === 'Allowed')", "if (state.verdict.kind === 'Allowed' && snapshot.size > 99)"],
  ),
  broken(
    'errant-members-join',
    'a member with transactions that the group does not have stays outside (and is told of)',
    ['ErrantOutside'],
    [
      JOIN,
      "if (!isEmpty(errant)) return { kind: 'Diverged', errant: formatGtidSet(errant) }",
      "if (!isEmpty(errant) && own.size > 99) return { kind: 'Diverged', errant: formatGtidSet(errant) }",
    ],
    [NEED, 'if (!isEmpty(errant)) return holdsMore', 'if (!isEmpty(errant) && own.size > 99) return holdsMore'],
  ),
  broken(
    'purged-members-join',
    'a member that lacks what the group has purged needs a copy',
    ['PurgeAndLose'],
    [JOIN, 'if (!contains(own, purged))', 'if (own.size > 99 && !contains(own, purged))'],
    [NEED, 'if (!isEmpty(lost)) return `', 'if (!isEmpty(lost) && own.size > 99) return `'],
  ),
  broken(
    'half-is-a-majority',
    'a majority is more than half',
    ['HalfIsLeft'],
    [GROUP, 'length > member.rows.length / 2', 'length >= member.rows.length / 2'],
  ),
  broken(
    'old-views-are-believed',
    'of several views the newest counts',
    ['BackFromPause'],
    [
      GROUP,
      'const newest = Math.max(...online.map(counter))',
      'const newest = Math.min(...online.filter(seesMajority).map(counter))',
    ],
  ),
  broken(
    'any-incarnation-is-believed',
    'only views of the recorded group count',
    ['ForgottenGroup'],
    [
      GROUP,
      '.filter((member) => parseViewId(member.viewId)?.incarnation === incarnation)',
      '.filter((member) => parseViewId(member.viewId)?.incarnation !== undefined || incarnation)',
    ],
  ),
]
