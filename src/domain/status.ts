import type { Condition, ConditionType } from '../../crds/condition.ts'
import type { MemberStatus, MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import type { Diagnosis } from './diagnose.ts'
import { type ClusterRef, objectNames, PORTS, selectorLabels, serviceHost } from './names.ts'

/** What is published about a cluster: its diagnosis, without the evidence. Small and plain: it travels through Temporal. */
export interface Report extends Pick<Diagnosis, 'phase' | 'ready' | 'healthy' | 'reason' | 'message' | 'members'> {
  readonly generation: number
  readonly paused: boolean
  readonly primary?: string
  /** How large all volumes are. */
  readonly volumes?: string
  /** What waits for a person, and how to decide. */
  readonly awaiting?: string
  readonly workflow: { readonly id: string; readonly runId: string }
}

type ReportedCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'> & { readonly type: ConditionType }

const PROGRESSING = ['Creating', 'Restoring', 'Changing', 'Deleting']

const conditions = (report: Report): ReportedCondition[] => {
  const { reason, message } = report
  const flag = (type: ConditionType, is: boolean): ReportedCondition => ({
    type,
    status: is ? 'True' : 'False',
    reason,
    message,
  })
  return [
    flag('Ready', report.ready),
    flag('Healthy', report.healthy),
    flag('Progressing', PROGRESSING.includes(report.phase)),
    {
      type: 'Paused',
      status: report.paused ? 'True' : 'False',
      reason: report.paused ? 'PausedBySpec' : 'NotPaused',
      message: report.paused ? 'spec.paused is true: the operator only observes and routes.' : 'The operator acts.',
    },
    {
      type: 'AwaitingApproval',
      status: report.awaiting ? 'True' : 'False',
      reason: report.awaiting ? 'PersonDecides' : 'NothingToApprove',
      message: report.awaiting ?? 'No request waits for a person.',
    },
  ]
}

/**
 * A group tells of its members by number only (9.7.4), a member of itself in full (9.7.4-2). Who just joins answers nothing: it
 * is shown as it was known last, else as the others of that number.
 */
const inFull = (member: MemberStatus, known: readonly MemberStatus[]): MemberStatus => {
  const { name, version } = member
  const own = known.filter((one) => one.name === name)
  const full = [...own, ...known].find((one) => version !== undefined && one.version?.startsWith(`${version}-`))
  return full?.version ? { ...member, version: full.version } : member
}

/** The status to publish. `now` (RFC 3339) becomes the transition time of the conditions whose status is another than in `before`. */
export const statusOf = (
  ref: ClusterRef,
  report: Report,
  before: MySQLClusterStatus | undefined,
  domain: string,
  now: string,
): MySQLClusterStatus => {
  const names = objectNames(ref.name)
  const known = [...(before?.members ?? []), ...report.members]
  const members = report.members.map((member) => inFull(member, known))
  const version = members.find((member) => member.role === 'primary')?.version ?? before?.version
  const volumes = report.volumes ?? before?.storage?.size
  const endpoint = (service: string): string => `${serviceHost(ref.namespace, service, domain)}:${PORTS.mysql}`
  return {
    observedGeneration: report.generation,
    phase: report.phase,
    message: report.message,
    replicas: report.members.filter((member) => member.state !== 'Missing').length,
    availableReplicas: report.members.filter((member) => member.state === 'ONLINE').length,
    selector: Object.entries(selectorLabels(ref.name))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    ...(report.primary ? { primary: report.primary } : {}),
    ...(version ? { version } : {}),
    ...(volumes ? { storage: { size: volumes } } : {}),
    members,
    endpoints: { primary: endpoint(names.primary), replicas: endpoint(names.replicas), any: endpoint(names.any) },
    workflow: report.workflow,
    conditions: conditions(report).map((condition) => {
      const old = before?.conditions?.find(({ type }) => type === condition.type)
      const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now
      return { ...condition, lastTransitionTime, observedGeneration: report.generation }
    }),
  }
}

const ALARMING = ['Degraded', 'NoQuorum', 'Offline', 'Diverged', 'Blocked']

/** The event that a change of status deserves; undefined when it deserves none. */
export const eventOf = (
  before: MySQLClusterStatus | undefined,
  after: MySQLClusterStatus,
  reason: string,
): { type: 'Normal' | 'Warning'; reason: string; action: string; note: string } | undefined => {
  const { phase = 'Creating', message = '' } = after
  const reasonBefore = before?.conditions?.find(({ type }) => type === 'Healthy')?.reason
  if (before?.phase === phase && (reasonBefore === reason || !ALARMING.includes(phase))) return undefined
  if (phase === 'Healthy') return { type: 'Normal', reason: 'Synced', action: 'Reconcile', note: message }
  return { type: ALARMING.includes(phase) ? 'Warning' : 'Normal', reason, action: 'Reconcile', note: message }
}
