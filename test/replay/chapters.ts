import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import type { Report } from '../../src/domain/status.ts'

type Event = NonNullable<History['events']>[number]

const NUMBERS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const

const kebab = (reason: string): string => reason.replace(/(?<=[a-z])(?=[A-Z][a-z])/g, '-').toLowerCase()

const activityIn = (event: Event): string | null | undefined =>
  event.activityTaskScheduledEventAttributes?.activityType?.name

const reportIn = (event: Event): Report | undefined => {
  const input = event.activityTaskScheduledEventAttributes?.input
  const payload = activityIn(event) === 'publish' ? input?.payloads?.[1] : undefined
  return payload ? defaultPayloadConverter.fromPayload<Report>(payload as Payload) : undefined
}

/** What is known of a cluster while its history is read. */
interface Known {
  readonly bootstrapped: boolean
  readonly paused: boolean
  /** Of the last report with which it was Healthy. */
  readonly primary: string | undefined
}

const chapterOf = (report: Report, { bootstrapped, paused, primary }: Known): string | undefined => {
  if (report.phase === 'Blocked') return `refused-${kebab(report.reason)}`
  if (report.phase === 'Offline') return 'full-outage'
  if (report.paused && !paused) return 'pause'
  if (report.phase !== 'Healthy') return undefined
  if (primary !== undefined) return report.primary === primary ? undefined : 'failover'
  const size = NUMBERS[report.members.length] ?? report.members.length
  return `${bootstrapped ? 'creation' : 'finding'}-of-${size}`
}

const machineryOf = (event: Event): string | undefined => {
  const started = event.activityTaskStartedEventAttributes
  if (event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId) return 'continued-from-before'
  if (event.workflowExecutionContinuedAsNewEventAttributes) return 'continued-as-new'
  if (event.activityTaskTimedOutEventAttributes || started?.lastFailure?.timeoutFailureInfo) return 'worker-death'
  if (event.activityTaskFailedEventAttributes) return 'failed-step'
  return activityIn(event) === 'finalise' ? 'deletion' : undefined
}

/** What happened in a run, in the order in which it happened first; it names the file of the history. */
export const chaptersOf = (history: History): readonly string[] => {
  const chapters = new Set<string>()
  let known: Known = { bootstrapped: false, paused: false, primary: undefined }
  for (const event of history.events ?? []) {
    const report = reportIn(event)
    const chapter = report ? chapterOf(report, known) : machineryOf(event)
    if (chapter) chapters.add(chapter)
    known = {
      bootstrapped: known.bootstrapped || activityIn(event) === 'bootstrap',
      paused: report?.paused ?? known.paused,
      primary: report?.phase === 'Healthy' ? report.primary : known.primary,
    }
  }
  return [...chapters]
}
