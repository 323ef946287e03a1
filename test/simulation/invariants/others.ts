import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'what belongs to somebody else is left alone'

/** Objects without our mark are neither changed nor deleted by the operator. */
export const othersAreLeftAlone = ({ kubernetes, violate }: SimWorld): Invariant => {
  kubernetes.onWrite(({ by, kind, key, before }) => {
    if (/^(worker|operator)-/.test(by) && before?.metadata.labels?.['owner'] === 'somebody')
      violate(RULE, `${by} changes ${kind} ${key.name}`)
  })
  return {}
}
