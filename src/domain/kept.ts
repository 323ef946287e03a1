import type { ClusterState } from './cluster-state.ts'
import type { ClaimView, Snapshot } from './snapshot.ts'

/** What a rebuild has kept on a volume: archived logs, or data that were set aside. */
export interface Kept {
  readonly id: string
  /** Since when; epoch milliseconds. */
  readonly at: number
}

/** What may go, of one member. */
export interface Expiry {
  readonly pod: string
  readonly claim: string
  readonly ids: readonly string[]
}

const ID = /^(?:archive-[0-9a-f]{1,64}|aside-[0-9]{1,16})$/

/** True for the name of something that a start keeps: nothing else is ever removed by it. */
export const isKeptId = (id: string | undefined): id is string => id !== undefined && ID.test(id)

/** Where it is, seen from the root of the volume. */
export const folderOf = (id: string): string => (id.startsWith('archive-') ? `archive/${id}` : `data.damaged-${id}`)

const isKept = (one: unknown): one is Kept =>
  typeof one === 'object' && one !== null && 'id' in one && 'at' in one && isKeptId(`${one.id}`) && Number(one.at) > 0

/** What the annotation of a claim says; what cannot be read is left out, and stays where it is. */
export const readKept = (text: string | undefined): readonly Kept[] => {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter(isKept) : []
  } catch {
    return []
  }
}

/** The same with one more; one that is known keeps its time. */
export const withKept = (kept: readonly Kept[], id: string, at: number): readonly Kept[] =>
  kept.some((one) => one.id === id) ? kept : [...kept, { id, at }]

/** The same without those that are gone. */
export const withoutKept = (kept: readonly Kept[], ids: readonly string[]): readonly Kept[] =>
  kept.filter(({ id }) => !ids.includes(id))

/** The same, those counted from now on. */
export const keptLonger = (kept: readonly Kept[], ids: readonly string[], now: number): readonly Kept[] =>
  kept.map((one) => (ids.includes(one.id) ? { ...one, at: now } : one))

const isWhole = (snapshot: Snapshot, state: ClusterState): boolean =>
  state.kind === 'Serving' &&
  state.served &&
  state.outside.length + state.recovering.length + state.quarantined.length === 0 &&
  state.view.rows.filter((row) => row.state === 'ONLINE').length === snapshot.size &&
  snapshot.members.length === snapshot.size &&
  snapshot.members.every(({ lacksSpace }) => !lacksSpace) &&
  snapshot.pods.every(({ ready, deleting }) => ready && !deleting)

/**
 * What of the things that rebuilds have kept may go now: those of one member, once they are old, and only while the cluster is
 * complete and at rest, so that nobody can need them to mend it.
 */
export const judgeExpiry = (snapshot: Snapshot, state: ClusterState): Expiry | undefined => {
  const { keepMs, claims, pods, takenAt } = snapshot
  if (keepMs === undefined || snapshot.paused || snapshot.objects.kind !== 'Present') return undefined
  if (snapshot.status?.procedure || snapshot.pending || snapshot.wanted !== undefined) return undefined
  if (!isWhole(snapshot, state)) return undefined
  const expiryOf = ({ name: claim, ordinal, kept = [] }: ClaimView): readonly Expiry[] => {
    const pod = pods.find((one) => one.ordinal === ordinal && one.nodeName !== undefined)
    const ids = kept.filter(({ at }) => takenAt - at > keepMs).map(({ id }) => id)
    return pod && ids.length > 0 ? [{ pod: pod.name, claim, ids }] : []
  }
  return claims.flatMap(expiryOf)[0]
}
