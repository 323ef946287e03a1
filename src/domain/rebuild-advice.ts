import { API_VERSION } from '../../crds/group.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation-names.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Quarantined } from './errant.ts'
import { judgeJoin } from './join.ts'
import { judgeRebuild } from './rebuild.ts'
import type { Snapshot } from './snapshot.ts'

type Serving = ClusterState & { readonly kind: 'Serving' }

const command = (name: string, pod: string, spec: object): string => {
  const operation = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { generateName: `${name}-` },
    spec: { clusterName: pod.replace(/-\d+$/, ''), ...spec },
  }
  return `echo '${JSON.stringify(operation)}' | kubectl create -f -`
}

/** What a person types to have a member rebuilt although that may lose something. */
const rebuildCommand = (pod: string): string =>
  command(`rebuild-${pod}`, pod, { rebuild: { member: pod }, approved: true })

const letGo = (why: string, pod: string): string =>
  `${why}; a person must decide. To have it replaced by a copy of another member: ${rebuildCommand(pod)}`

/** What is to be said of a member that is ONLINE and holds what its group does not; `byPerson`: nothing is done about it else. */
export const whyQuarantined = (
  snapshot: Snapshot,
  state: Serving,
  { pod, gtids }: Quarantined,
): { readonly why: string; readonly byPerson: boolean } => {
  if (pod === state.primary)
    return {
      why: `${pod} takes the writes and holds transactions that no other member has (${gtids}); a person must decide. To keep them, carry what they changed out again on ${pod}, as clients do. To give them up, make another member the primary: ${command('switchover', pod, { switchover: {} })}`,
      byPerson: true,
    }
  const under = snapshot.status?.procedure
  if (under?.kind === 'rebuild' && under.subject === pod)
    return { why: `${pod} becomes a copy of another member: ${under.why}`, byPerson: false }
  const verdict = judgeRebuild(snapshot, state, pod, { unasked: true })
  if (verdict.kind === 'Approval') return { why: `${pod} takes no reads; ${letGo(verdict.why, pod)}`, byPerson: true }
  const notYet = verdict.kind === 'Refused' ? `; not yet: ${verdict.why}` : ''
  return {
    why: `${pod} takes no reads and is to become a copy of another member: it holds transactions that the group does not have (${gtids})${notYet}`,
    byPerson: false,
  }
}

/** What only a person may let go of a member outside; undefined when there is no such thing. */
export const awaitsPerson = (snapshot: Snapshot, state: Serving, pod: string): string | undefined => {
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (member?.copy === undefined || judgeJoin(member, state.view).kind !== 'Diverged') return undefined
  const verdict = judgeRebuild(snapshot, state, pod)
  if (verdict.kind !== 'Approval') return undefined
  return letGo(verdict.why, pod)
}

/** What the operator does by itself about the data of a member outside; undefined when it does nothing. */
export const isMended = (snapshot: Snapshot, state: Serving, pod: string): string | undefined => {
  const under = snapshot.status?.procedure
  if (under?.kind === 'rebuild' && under.subject === pod) return `${pod} becomes a copy of another member: ${under.why}`
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (member?.copy === undefined) return undefined
  const join = judgeJoin(member, state.view)
  if (join.kind === 'Join') return undefined
  const why = join.kind === 'Clone' ? join.why : `it holds transactions that the group does not have (${join.errant})`
  const verdict = judgeRebuild(snapshot, state, pod)
  return `${pod} is to become a copy of another member: ${why}${verdict.kind === 'Refused' ? `; not yet: ${verdict.why}` : ''}`
}
