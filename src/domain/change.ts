import type { MemberStatus, ProcedureKind } from '../../crds/mysqlcluster-status.ts'
import { backupUnderWay } from './backup.ts'
import type { ClusterState } from './cluster-state.ts'
import { judgeGrowth } from './growth.ts'
import { describeProcedure } from './procedure.ts'
import { judgeRoll, outdatedPods } from './roll.ts'
import { judgeScale } from './scale.ts'
import type { Snapshot } from './snapshot.ts'

/** A change that is being carried out on a cluster of which all members are online. */
export interface Change {
  readonly reason: 'Scaling' | 'Rolling' | 'Growing'
  readonly message: string
}

type Members = readonly MemberStatus[]

const REASONS: Readonly<Partial<Record<ProcedureKind, Change['reason']>>> = {
  scaleOut: 'Scaling',
  scaleIn: 'Scaling',
  renewMember: 'Rolling',
  growVolumes: 'Growing',
}

/** What is being changed; undefined when all is as declared. */
export const changeOf = (snapshot: Snapshot): Change | undefined => {
  const { size, wanted = size, pending = [], status } = snapshot
  const online = `All ${size} members are online`
  const outdated = outdatedPods(snapshot)
  const backup = backupUnderWay(snapshot)
  const first = backup && !status?.procedure ? ` MySQLBackup ${backup} is made first.` : ''
  if (pending.length > 0)
    return {
      reason: 'Rolling',
      message: `${online}; ${pending.join(', ')} changed: they are renewed one by one.${first}`,
    }
  if (outdated.length > 0) {
    const names = outdated.map(({ name }) => name).join(', ')
    return { reason: 'Rolling', message: `${online}, and these are renewed one by one, as declared: ${names}.${first}` }
  }
  if (wanted !== size) {
    const next = wanted > size ? `${size + 1} of ${wanted} is added` : `${size} of ${size} leaves`
    return { reason: 'Scaling', message: `${online}, and spec.size is ${wanted}: member ${next} next.${first}` }
  }
  const growth = judgeGrowth(snapshot)
  if (growth.kind === 'Wait') return { reason: 'Growing', message: `${online}; ${growth.why}.` }
  if (growth.kind !== 'None') return { reason: 'Growing', message: `${online}; their volumes grow as declared.` }
  const under = status?.procedure
  const reason = under && REASONS[under.kind]
  return reason && { reason, message: `${online}; under way: ${describeProcedure(under)}.` }
}

/** What a change waits for, as sentences that follow others; empty when it waits for nothing. */
export const whyHeld = (snapshot: Snapshot, state: ClusterState, members: Members): string => {
  const [roll, scale] = [judgeRoll(snapshot, { state, members }), judgeScale(snapshot, { state, members })]
  return [
    ...(roll.kind === 'Wait' ? [` What was declared otherwise waits: ${roll.why}.`] : []),
    ...(scale.kind === 'Wait' ? [` spec.size ${snapshot.wanted} waits: ${scale.why}.`] : []),
  ].join('')
}

/** True while a cluster changes and no more than one member, the one that was added or renewed, is not ONLINE. */
export const isChanging = ({ status }: Snapshot, members: Members): boolean =>
  status?.phase === 'Changing' && members.filter(({ state }) => state !== 'ONLINE').length <= 1
