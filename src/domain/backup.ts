import type { BackupPhase } from '../../crds/mysqlbackup.ts'
import type { ProcedureKind } from '../../crds/mysqlcluster-status.ts'
import type { ClusterState } from './cluster-state.ts'
import { digest } from './digest.ts'
import { isOnline } from './group.ts'
import { type ClusterRef, workflowId } from './names.ts'
import { describeProcedure } from './procedure.ts'
import { byCost } from './rebuild.ts'
import type { Snapshot } from './snapshot.ts'

/** Which MySQLBackup. */
export interface BackupRef {
  readonly name: string
  readonly uid: string
}

/** A MySQLBackup of the cluster that has not ended. */
export interface BackupView extends BackupRef {
  readonly phase?: BackupPhase
  /** Its workflow is known to run: it needs not be begun. */
  readonly attended?: true
}

/** From whom a copy is taken, and the image that it can be read with. */
export type DonorVerdict =
  | { readonly kind: 'Donor'; readonly pod: string; readonly image: string }
  | { readonly kind: 'None'; readonly why: string }

const none = (why: string): DonorVerdict => ({ kind: 'None', why })

/** A backup and these do not go together: each would take the other's members away. */
const CHANGES: readonly ProcedureKind[] = ['scaleOut', 'scaleIn', 'renewMember']

/** The name of the backup that is being made; a change that can wait is not begun meanwhile. */
export const backupUnderWay = ({ backups }: Pick<Snapshot, 'backups'>): string | undefined =>
  backups?.find(({ phase }) => phase === 'Running')?.name

/**
 * The member that a backup copies: ONLINE and answering, neither going nor being copied to nor in the hands of a procedure. A
 * replica if there is one, as a copy costs its donor; then the one with the least to apply. Nobody while the cluster is changed.
 */
export const chooseDonor = (snapshot: Snapshot, state: ClusterState): DonorVerdict => {
  if (state.kind !== 'Serving') return none('no group serves')
  const procedure = snapshot.status?.procedure
  if (procedure && CHANGES.includes(procedure.kind)) return none(`${describeProcedure(procedure)}: under way`)
  const subject = procedure?.subject
  const images = new Map(
    snapshot.pods.flatMap(({ name, deleting, image }) => (deleting || !image ? [] : [[name, image]])),
  )
  const fit = snapshot.members.filter(
    (member) =>
      isOnline(member) &&
      state.view.rows.some((row) => row.pod === member.pod && row.state === 'ONLINE') &&
      images.has(member.pod) &&
      member.pod !== subject &&
      member.copy !== undefined &&
      member.copy.state !== 'UnderWay',
  )
  const pod = fit.toSorted(byCost(state.primary))[0]?.pod
  const image = pod === undefined ? undefined : images.get(pod)
  if (pod === undefined || image === undefined) return none('no member is ONLINE, answers and is free to be copied')
  return { kind: 'Donor', pod, image }
}

/**
 * The backup to be begun, or to be seen to: the oldest that has not ended. One at a time, as each costs its donor. It waits for
 * nothing but a group that serves: a backup goes on beside repairs, and begins again when one of them takes its donor away.
 */
export const nextBackup = (snapshot: Snapshot, state: ClusterState): BackupRef | undefined => {
  if (snapshot.paused || state.kind !== 'Serving') return undefined
  const [first] = snapshot.backups ?? []
  return first && !first.attended ? { name: first.name, uid: first.uid } : undefined
}

/** So often a backup is begun: each time with a new copy, of another member if need be. */
export const BACKUP_TRIES = 3

/** So often it is tried to verify a backup. */
export const VERIFY_TRIES = 3

export const backupWorkflowId = (ref: ClusterRef, { uid }: BackupRef): string => `${workflowId(ref)}/backup/${uid}`

export const backupJobName = (cluster: string, { uid }: BackupRef, attempt: number): string =>
  `${cluster}-backup-${digest(uid)}-${attempt}`

export const verifyJobName = (cluster: string, { uid }: BackupRef, attempt: number): string =>
  `${cluster}-verify-${digest(uid)}-${attempt}`

export const discardJobName = (cluster: string, { uid }: BackupRef): string => `${cluster}-discard-${digest(uid)}`

/** Where in its store a backup is. Names may come again; with a part of its uid it has a place of its own. */
export const backupPath = ({ namespace, name }: ClusterRef, backup: BackupRef): string =>
  `${namespace}/${name}/${backup.name}-${backup.uid.slice(0, 8)}`
