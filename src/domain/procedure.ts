import type { ProcedureKind } from '../../crds/mysqlcluster-status.ts'
import { type ClusterRef, workflowId } from './names.ts'

/** Which MySQLOperation asked for a procedure. */
export interface OperationRef {
  readonly name: string
  readonly uid: string
}

/** Something of several steps that is done to a cluster by a workflow of its own. Plain JSON: it travels through Temporal. */
export interface Procedure {
  readonly kind: ProcedureKind
  /** The pod that it is about. */
  readonly subject: string
  readonly why: string
  /** Absent when nobody asked: the operator began it by itself. */
  readonly operation?: OperationRef
}

/** How a procedure ended. `message` is a sentence for people. */
export interface Outcome {
  readonly kind: 'Succeeded' | 'Failed'
  readonly message: string
}

/** The id of its workflow. The same need has the same id, so that it is never met twice at once. */
export const procedureId = (ref: ClusterRef, { kind, subject, operation }: Procedure): string =>
  `${workflowId(ref)}/${kind}/${operation?.uid ?? subject}`

/** One line that says what a procedure does. */
export const describeProcedure = ({ kind, subject }: Pick<Procedure, 'kind' | 'subject'>): string => {
  switch (kind) {
    case 'restore':
      return `bring a backup to the volume of ${subject}`
    case 'rejoin':
      return `bring ${subject} back into the group`
    case 'rebuild':
      return `replace the data of ${subject} by a copy`
    case 'recoverOutage':
      return `make the group again from ${subject}`
    case 'restoreQuorum':
      return `let the members that live go on without those that are gone, by ${subject}`
    case 'scaleOut':
      return `add ${subject}`
    case 'scaleIn':
      return `take ${subject} out of the cluster`
    case 'removePod':
      return `remove the pod of ${subject} from its lost node`
    case 'renewMember':
      return `renew ${subject} as it is declared`
    case 'growVolumes':
      return `make the volumes larger, first that of ${subject}`
    case 'switchover':
      return `make ${subject} the primary`
    case 'failover':
      return `make the cluster writable again from ${subject}, as a person decided`
  }
}
