import { broken, type Mutant } from './types.ts'

const REBUILD = 'src/domain/rebuild.ts'
const SWITCHOVER = 'src/domain/switchover.ts'
const QUORUM = 'src/domain/quorum.ts'

/** Rules of procedures and of what people ask for: each is asked by the plan and, by the same function, as a gate. */
export const PROCEDURES: readonly Mutant[] = [
  broken(
    'failover-before-it-was-approved',
    'what may be lost is accepted by a person, after it was shown, and is no more than that',
    ['DivergeAndCrash'],
    [
      'src/domain/failover.ts',
      'return approved === true && shown !== undefined && generation > shown.generation && isNoLarger(loss, shown)',
      'return approved !== false && generation >= 0 && isNoLarger(loss, shown ?? loss)',
    ],
  ),
  broken(
    'quorum-without-the-silent',
    'a quorum is forced only when all others are proven gone',
    ['MajorityVanishes'],
    [QUORUM, 'if (!found) return `', "if (!found) return pod !== '' ? undefined : `"],
  ),
  broken(
    'quorum-of-less',
    'a quorum is forced only by a member that holds all that the others hold',
    ['MinorityLags'],
    [
      QUORUM,
      'if (!contains(parseGtidSet(seed.holds), parseGtidSet(found.holds))) return',
      'if (pod === "" && !contains(parseGtidSet(seed.holds), parseGtidSet(found.holds))) return',
    ],
  ),
  broken(
    'rebuild-without-donor-superset',
    'what a member alone holds is asked for before its data are replaced',
    ['ErrantOutside'],
    [REBUILD, 'const first = isEmpty(errant) ?', 'const first = isEmpty(errant) || name !== "" ?'],
  ),
  broken(
    'rebuild-without-archive',
    'what a member alone holds is archived before its data are replaced',
    ['ErrantOutside'],
    [
      REBUILD,
      'return member.archived === id || !pod.hears ? undefined',
      "return member.archived === id || pod.name !== '' ? undefined",
    ],
  ),
  broken(
    'rebuild-without-majority',
    'by itself a member with transactions of its own is rebuilt only while the others are a majority',
    ['ErrantAlone'],
    [REBUILD, 'const stands = others.length > snapshot.size / 2', 'const stands = others.length > 0'],
  ),
  broken(
    'two-procedures-at-once',
    'there is one procedure at a time (plan and record)',
    ['TwoWishes', 'Switchovers'],
    ['src/domain/course.ts', 'if (running) return', "if (running?.kind === 'rebuild') return"],
    ['activities/procedures.ts', 'if (before && before.id !== id)', "if (before && before.id !== id && id === '')"],
    ['activities/procedures.ts', '  if (!before) {\n', '  if (before?.id !== id) {\n'],
  ),
  broken(
    'switchover-to-a-member-outside',
    'the primary role is handed only to a member that is ONLINE in the group',
    ['SwitchoverAstray'],
    [SWITCHOVER, "if (state !== 'ONLINE') return", "if (state === 'RECOVERING') return"],
  ),
  broken(
    'switchover-to-one-that-lags',
    'the primary role is handed only to a member that has little to apply',
    ['SwitchoverLags'],
    [SWITCHOVER, 'if (queue > MAX_QUEUE) return', 'if (queue > MAX_QUEUE * 99) return'],
  ),
  broken(
    'rebuild-off-the-record',
    'whoever rebuilds for a workflow that Temporal has lost stops once it is no longer on record',
    ['TemporalLosesData'],
    ['activities/rebuild.ts', "if (kind !== 'rebuild' || subject !== pod)", "if (kind === undefined && pod === '')"],
  ),
]
