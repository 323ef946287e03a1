import type { Phase } from '../crds/mysqlcluster-status.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import type { Request } from '../src/domain/request.ts'

export interface Refusal {
  readonly reason: string
  readonly message: string
}

/** What a cluster's workflow carries from run to run: plain JSON only, as it passes through continue-as-new. */
export interface ClusterState {
  readonly v: 1
  /** Generation whose objects were applied last; 0 before the first time. */
  appliedGeneration: number
  /** Epoch milliseconds; when the objects were compared last. */
  appliedAt: number
  /** Something may have changed the objects since. */
  objectsDue: boolean
  /** Why the objects could not be applied, when a person can do something about it. */
  refusal: Refusal | null
  phase: Phase
  message: string
  /** Digest of the last published report, so that an unchanged one is not published again. */
  published: string
  /** The last step that failed, for people; null after one that did not. */
  failure: { readonly step: string; readonly message: string; readonly at: number } | null
  /** The procedure that was begun last and has not told of its end; epoch milliseconds. */
  procedure?: { readonly id: string; readonly at: number }
  /** How many have told of their end, how many of them failed in a row, and when the next may begin. */
  procedures?: { readonly ended: number; readonly failures: number; readonly notBefore: number }
  /** What was asked last of a backup; epoch milliseconds. */
  backup?: { readonly id: string; readonly at: number }
  /** What was asked by signal and is no MySQLOperation yet. */
  requests?: readonly Request[]
  /** Failed steps in a row; the wait between two tries grows with it. */
  failures: number
}

export interface ClusterWorkflowInput extends ClusterRef {
  /** Set by continue-as-new only. */
  readonly state?: ClusterState
}

export const initialState = (): ClusterState => ({
  v: 1,
  appliedGeneration: 0,
  appliedAt: 0,
  objectsDue: true,
  refusal: null,
  phase: 'Creating',
  message: 'Looking at the cluster for the first time.',
  published: '',
  failure: null,
  failures: 0,
})
