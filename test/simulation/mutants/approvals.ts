import { broken, type Mutant } from './types.ts'

const FAILOVER = 'src/domain/failover.ts'
const OPERATIONS = 'src/domain/operations.ts'
const REBUILD = 'src/domain/rebuild.ts'
const ASKED = 'activities/rebuild.ts'

const ACCEPTED =
  'return approved === true && shown !== undefined && generation > shown.generation && isNoLarger(loss, shown)'
const ACCEPTS = 'return approved === true && shown !== undefined &&'
const REFUSED = "if (asked.approved === false) return tell(asked, 'Failed'"
const NOT_REFUSED = "if (asked.approved === false && asked.name === '') return tell(asked, 'Failed'"

/** What only a person may let happen: asked by the plan and, with the same functions, as a gate. */
export const APPROVALS: readonly Mutant[] = [
  broken(
    'failover-without-a-word',
    'a failover that may lose something waits for the yes of a person',
    ['FailoverOfMore'],
    [FAILOVER, ACCEPTED, 'return approved !== false && shown !== undefined && isNoLarger(loss, shown)'],
  ),
  broken(
    'failover-approved-unseen',
    'a yes counts only if it came after the loss was shown',
    ['FailoverUnseen'],
    [FAILOVER, ACCEPTED, `${ACCEPTS} generation > 0 && isNoLarger(loss, shown)`],
  ),
  broken(
    'failover-of-more-than-shown',
    'a yes is for what was shown, and for no more',
    ['FailoverOfMore'],
    [FAILOVER, ACCEPTED, `${ACCEPTS} generation > shown.generation`],
  ),
  broken(
    'failover-by-a-no',
    'spec.approved: false is a no (plan, loss and gate)',
    ['FailoverRefused'],
    [OPERATIONS, REFUSED, NOT_REFUSED],
    [
      FAILOVER,
      ACCEPTED,
      'return approved !== undefined && shown !== undefined && generation > shown.generation && isNoLarger(loss, shown)',
    ],
    [FAILOVER, 'if (asked.approved === false || !isAccepted(', 'if (!isAccepted('],
  ),
  broken(
    'rebuild-of-what-was-promised',
    'what a member alone holds and clients may have been told of is replaced only with the yes of a person',
    ['RebuildOfPromised'],
    [REBUILD, '...(areItsOwn(errant, member) ? []', "...(areItsOwn(errant, member) || named !== '' ? []"],
  ),
  broken(
    'rebuild-of-what-cannot-be-kept',
    'what a member alone holds and no log has any more is replaced only with the yes of a person',
    ['RebuildOfPurged'],
    [REBUILD, '...(isEmpty(purged) ? []', "...(isEmpty(purged) || named !== '' ? []"],
  ),
  broken(
    'rebuild-without-a-word',
    'a rebuild that somebody asked for waits for the yes of a person, too (plan and gate)',
    ['RebuildOfPromised', 'RebuildOfPurged'],
    [OPERATIONS, 'asked.approved ? { approved: true } : {}', 'asked.approved === false ? {} : { approved: true }'],
    [ASKED, '?.approved === true', '?.approved !== false'],
  ),
  broken(
    'rebuild-by-a-no',
    'spec.approved: false is a no for a rebuild as well (plan and gate)',
    ['RebuildOfPromised', 'RebuildOfPurged'],
    [OPERATIONS, REFUSED, NOT_REFUSED],
    [OPERATIONS, 'asked.approved ? { approved: true } : {}', 'asked.approved === undefined ? {} : { approved: true }'],
    [ASKED, '?.approved === true', '?.approved !== undefined'],
  ),
]
