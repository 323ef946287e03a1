import { now } from '../../bench/failover/writers.ts'
import type { Scene } from './arena.ts'
import { type Figure, percentile } from './figures.ts'

const GAP = 'write gap through the Service'
const GROUP = 'write gap of the group itself'
const MORE = 'more than the group itself'
const BACK = 'back to Healthy'

/** Does something to a cluster, and waits until writes go on and it is whole again in another view of its group. */
export const measure = async (
  scene: Scene,
  strike: () => Promise<unknown>,
  bounds: { readonly gap?: number; readonly more?: number; readonly back?: number },
): Promise<readonly Figure[]> => {
  const begun = now()
  await strike()
  await scene.traffic.goesOn(120)
  const back = await scene.wholeAgain(begun)
  const [gap, group] = [scene.gapSince(begun), scene.groupGapSince(begun)]
  return [
    bound({ what: GAP, seconds: gap }, bounds.gap),
    { what: GROUP, seconds: group },
    bound({ what: MORE, seconds: gap - group }, bounds.more),
    bound({ what: BACK, seconds: back }, bounds.back),
  ]
}

/** A figure that is judged, if there is a bound for it. */
export const bound = (figure: Figure, most: number | undefined): Figure =>
  most === undefined ? figure : { ...figure, most }

/** Of several runs the median, which is told, and the value below which 95 of 100 lie, which is judged. */
export const median = (all: readonly (readonly Figure[])[]): readonly Figure[] =>
  (all[0] ?? []).flatMap(({ what, most }) => {
    const values = all.flatMap((run) => run.filter((figure) => figure.what === what).map(({ seconds }) => seconds))
    return [
      { what: `${what}, p50 of ${values.length}`, seconds: percentile(values, 0.5) },
      bound({ what: `${what}, p95 of ${values.length}`, seconds: percentile(values, 0.95) }, most),
    ]
  })
