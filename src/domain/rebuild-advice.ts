import { API_VERSION } from '../../crds/group.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation-names.ts'
import type { ClusterState } from './cluster-state.ts'
import { judgeJoin } from './join.ts'
import { judgeRebuild } from './rebuild.ts'
import type { Snapshot } from './snapshot.ts'

type Serving = ClusterState & { readonly kind: 'Serving' }

/** What a person types to have a member rebuilt although that may lose something. */
const command = (pod: string): string => {
  const operation = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { generateName: `rebuild-${pod}-` },
    spec: { clusterName: pod.replace(/-\d+$/, ''), rebuild: { member: pod }, approved: true },
  }
  return `echo '${JSON.stringify(operation)}' | kubectl create -f -`
}

/** What only a person may let go of a member outside; undefined when there is no such thing. */
export const awaitsPerson = (snapshot: Snapshot, state: Serving, pod: string): string | undefined => {
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (member?.copy === undefined || judgeJoin(member, state.view).kind !== 'Diverged') return undefined
  const verdict = judgeRebuild(snapshot, state, pod)
  if (verdict.kind !== 'Approval') return undefined
  return `${verdict.why}; a person must decide. To have it replaced by a copy of another member: ${command(pod)}`
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
