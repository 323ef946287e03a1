import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { ClusterState } from './state.ts'

/** Why a cluster should be looked at. It says nothing about what to do: that is decided on what is found. */
export interface News {
  readonly why: string
  /** The objects of the cluster, or its declaration, have changed: compare them. */
  readonly objects?: boolean
  /** Something is asked of the cluster. */
  readonly operations?: boolean
}

export const lookAgain = defineSignal<[News]>('lookAgain')
export const getState = defineQuery<ClusterState>('getState')
/** A procedure of the cluster has ended: the id of its workflow, and how. */
export const procedureEnded = defineSignal<[string, 'Succeeded' | 'Failed']>('procedureEnded')
