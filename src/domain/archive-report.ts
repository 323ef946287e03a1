/** What the pod that archives tells the operator. It holds no secret. */
export interface ArchiveReport {
  readonly v: 1
  /** Why it does not get on; absent while it does. */
  readonly trouble?: { readonly code: string; readonly message: string }
  /** The member whose log is read. */
  readonly source?: string
  /** All that the group had executed then is in the archive; absent while that is not known of any time. */
  readonly through?: string
  /** What is archived or was skipped; absent where that is too long to be told. */
  readonly archived?: string
  /** What nobody had any more when the archive came to it. */
  readonly skipped?: string
  /** Stored since the pod began. */
  readonly segments: number
  readonly bytes: number
}
