import type { ClusterActivities } from '../../../activities/index.ts'
import type { Snapshot } from '../../../src/domain/snapshot.ts'
import type { ProcedureInput } from '../../../workflows/procedure.ts'

export type ActivityName = keyof ClusterActivities

/** What is there to be found, and what happens on each step; a test changes it as its story goes on. */
export interface World {
  found: Snapshot | null
  readonly on: { [K in Exclude<ActivityName, 'gather'>]?: (...args: Parameters<ClusterActivities[K]>) => unknown }
}

export interface Asked {
  readonly activity: ActivityName
  readonly args: readonly unknown[]
  readonly summary: string
}

export interface Timer {
  readonly ms: number
  readonly label: string
}

/** A workflow of its own that the cluster's workflow has begun. */
export interface Child {
  readonly type: string
  readonly id: string
  readonly input: ProcedureInput
}

/** What one workflow has told another. */
export interface Told {
  readonly workflow: string
  readonly signal: string
  readonly input: readonly unknown[]
}

/** What became of an update: whether it was let in, and how it was answered. */
export type Answered =
  | { readonly kind: 'Accepted' }
  | { readonly kind: 'Completed'; readonly result: unknown }
  | { readonly kind: 'Rejected'; readonly why: string }
