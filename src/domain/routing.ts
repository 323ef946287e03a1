import { isOnline, parseViewId, primaryIn, seesMajority } from './group.ts'
import { POD_NAME_LABEL } from './names.ts'
import type { GroupRow, MemberView } from './snapshot.ts'

/** What one member says, as the observer polls it. */
export type Sighting = Pick<MemberView, 'pod' | 'viewId' | 'readOnly' | 'rows'>

export interface RoutingEvidence {
  readonly sightings: readonly Sighting[]
  /** The incarnation on record in the status of the cluster; without one, no view is believed. */
  readonly incarnation: string | undefined
  /** The VIEW_ID by which the write Service was last moved. */
  readonly recordedView: string | undefined
}

export interface Routing {
  /** The pod that the write Service must select; undefined when nothing is known for sure: it is then left as it is. */
  readonly primary?: string
  readonly viewId?: string
  readonly rows: readonly GroupRow[]
}

const counter = (viewId: string | undefined): number => parseViewId(viewId ?? '')?.counter ?? -1

/** Views to believe: ONLINE in it, seeing a majority, of the recorded incarnation, and not older than the last move. */
const credible = ({ sightings, incarnation, recordedView }: RoutingEvidence): readonly Sighting[] => {
  const same = parseViewId(recordedView ?? '')?.incarnation === incarnation
  const oldest = same ? counter(recordedView) : -1
  const believed = sightings.filter(
    (sighting) =>
      incarnation !== undefined &&
      parseViewId(sighting.viewId)?.incarnation === incarnation &&
      counter(sighting.viewId) >= oldest &&
      isOnline(sighting as MemberView) &&
      seesMajority(sighting as MemberView),
  )
  const newest = Math.max(...believed.map(({ viewId }) => counter(viewId)))
  return believed.filter(({ viewId }) => counter(viewId) === newest)
}

/**
 * Decides where writes go. A planned change of primary does not count VIEW_ID up, so views of the same age may disagree
 * for a moment: then only a member that calls itself primary and takes writes is believed.
 */
export const route = (evidence: RoutingEvidence): Routing => {
  const views = credible(evidence)
  const claims = new Set(views.map(({ rows }) => primaryIn(rows)?.pod).filter((pod) => pod !== undefined))
  const asserts = (view: Sighting): boolean => primaryIn(view.rows)?.pod === view.pod && !view.readOnly
  const chosen = claims.size <= 1 ? views.find(({ rows }) => primaryIn(rows)) : views.find(asserts)
  const primary = chosen && primaryIn(chosen.rows)?.pod
  if (!chosen || !primary) return { rows: views[0]?.rows ?? [] }
  return { primary, viewId: chosen.viewId, rows: chosen.rows }
}

/** The pod that the write Service selects; none when it asks for another label too, as then it may select nothing at all. */
export const selectedPod = (selector: Readonly<Record<string, string>> | undefined): string | undefined =>
  Object.keys(selector ?? {}).length === 1 ? selector?.[POD_NAME_LABEL] : undefined

/** The role label of each pod: only members that are ONLINE have one. */
export const roleLabels = (rows: readonly GroupRow[]): ReadonlyMap<string, 'primary' | 'replica'> =>
  new Map(
    rows
      .filter(({ state }) => state === 'ONLINE')
      .map(({ pod, role }) => [pod, role === 'PRIMARY' ? 'primary' : 'replica'] as const),
  )
