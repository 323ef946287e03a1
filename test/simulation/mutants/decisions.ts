import { type Mutant, one } from './types.ts'

const BOOTSTRAP = 'src/domain/bootstrap.ts'
const STATE = 'src/domain/cluster-state.ts'
const PLAN = 'src/domain/plan.ts'
const GROUP = 'src/domain/group.ts'
const JOIN = 'src/domain/join.ts'

/** Rules of diagnose and plan. */
export const DECISIONS: readonly Mutant[] = [
  {
    name: 'bootstrap-beside-group',
    rule: 'no group is made while a member that answers is in one (state and gate)',
    edits: [
      { file: BOOTSTRAP, find: 'if (inGroup) return', replace: 'if (inGroup && snapshot.size > 99) return' },
      {
        file: STATE,
        find: 'if (snapshot.members.some(isInGroup)) {',
        replace: 'if (snapshot.size > 99 && isInGroup) {',
      },
    ],
  },
  one(
    'fresh-with-old-volumes',
    'a cluster with volumes older than itself is not fresh',
    BOOTSTRAP,
    '!hasFormed(snapshot) && snapshot.claims.every((claim) => claim.createdAt >= snapshot.createdAt)',
    '!hasFormed(snapshot)',
  ),
  one(
    'fresh-though-formed',
    'a cluster that has formed once is not fresh',
    BOOTSTRAP,
    '!hasFormed(snapshot) && snapshot.claims.every',
    'snapshot.claims.every',
  ),
  one(
    'formed-only-while-recorded',
    'a cluster has formed also while a later bootstrap is under way',
    BOOTSTRAP,
    'group.incarnation !== undefined || group.bootstraps > 1',
    'group.incarnation !== undefined',
  ),
  one(
    'any-seed-may-repeat',
    'an unfinished bootstrap without data is repeated by its own seed only',
    BOOTSTRAP,
    'ordinalOf(member.pod) < snapshot.size : member.pod === decided',
    'ordinalOf(member.pod) < snapshot.size : ordinalOf(member.pod) < snapshot.size',
  ),
  one(
    'volumes-beyond-size',
    'volumes beyond the size may hold newer data',
    BOOTSTRAP,
    'if (beyond.length > 0) {',
    'if (beyond.length > 99) {',
  ),
  one(
    'missing-members-do-not-matter',
    'with data, every member must answer before one is chosen: those without a pod too',
    BOOTSTRAP,
    'snapshot.pods.length < snapshot.size || silent.length > 0',
    'silent.length > 0',
  ),
  one(
    'silent-members-do-not-matter',
    'with data, every member must answer before one is chosen',
    BOOTSTRAP,
    'snapshot.pods.length < snapshot.size || silent.length > 0',
    'snapshot.pods.length < snapshot.size || silent.length > 99',
  ),
  one(
    'any-member-is-seed',
    'the seed holds all that any member holds',
    BOOTSTRAP,
    'const seed = supersets(snapshot.members)[0]',
    'const seed = [...snapshot.members].sort(byOrdinal)[0] ?? supersets(snapshot.members)[0]',
  ),
  one(
    'foreign-group-is-not-recorded',
    'a group that is found but not on record is recorded',
    STATE,
    'if (foreign) return foreign',
    'if (foreign && snapshot.size > 99) return foreign',
  ),
  one(
    'nobody-is-outside',
    'a pod that is not in the view is outside',
    STATE,
    'outside: snapshot.pods.filter((pod) => !inView.has(pod.name) && pod.ordinal < snapshot.size).map((pod) => pod.name),',
    'outside: [],',
  ),
  one(
    'deletion-comes-last',
    'a deletion comes before all else',
    STATE,
    "if (snapshot.deleting) return { kind: 'Deleting' }",
    "if (snapshot.deleting && snapshot.members.length === 0 && snapshot.size > 99) return { kind: 'Deleting' }",
  ),
  one(
    'served-without-routing',
    'writes are served only when the Service selects the primary',
    STATE,
    'served: primary !== undefined && snapshot.writes === primary && takesWrites(snapshot, primary),',
    'served: primary !== undefined,',
  ),
  one(
    'no-joins',
    'a member that is outside and can join is joined',
    PLAN,
    'if (join) return join',
    "if (join) return { kind: 'Rest' }",
  ),
  one(
    'paused-acts',
    'while paused nothing is done',
    PLAN,
    "if (snapshot.paused) return { kind: 'Rest' }",
    "if (snapshot.paused && snapshot.size > 99) return { kind: 'Rest' }",
  ),
  one(
    'no-bootstrap',
    'an allowed bootstrap is done',
    PLAN,
    "if (state.verdict.kind === 'Allowed')",
    "if (state.verdict.kind === 'Allowed' && snapshot.size > 99)",
  ),
  {
    name: 'errant-members-join',
    rule: 'a member with transactions that the group does not have stays outside (and is told of)',
    edits: [
      {
        file: JOIN,
        find: "if (!isEmpty(errant)) return { kind: 'Diverged', errant: formatGtidSet(errant) }",
        replace: "if (!isEmpty(errant) && own.size > 99) return { kind: 'Diverged', errant: formatGtidSet(errant) }",
      },
    ],
  },
  one(
    'purged-members-join',
    'a member that lacks what the group has purged needs a copy',
    JOIN,
    'if (!contains(own, purged))',
    'if (own.size > 99 && !contains(own, purged))',
  ),
  one(
    'half-is-a-majority',
    'a majority is more than half',
    GROUP,
    'length > member.rows.length / 2',
    'length >= member.rows.length / 2',
  ),
  one(
    'old-views-are-believed',
    'of several views the newest counts',
    GROUP,
    '.toSorted((a, b) => counter(b) - counter(a))[0]',
    '.toSorted((a, b) => counter(a) - counter(b))[0]',
  ),
  one(
    'any-incarnation-is-believed',
    'only views of the recorded group count',
    GROUP,
    '.filter((member) => parseViewId(member.viewId)?.incarnation === incarnation)',
    '.filter((member) => parseViewId(member.viewId)?.incarnation !== undefined || incarnation)',
  ),
  one(
    'offline-primary',
    'a primary is one that is ONLINE',
    GROUP,
    "row.role === 'PRIMARY' && row.state === 'ONLINE'",
    "row.role === 'PRIMARY'",
  ),
]
