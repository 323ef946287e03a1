import { formatGtidSet } from '../../../src/domain/gtid.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'a member is told to join only a group that holds all that it holds'

/** The group would turn it away: once more with each try. */
export const joinsAreSensible = ({ mysql, watch, violate }: SimWorld): Invariant => {
  watch(() => {
    const [stranger] = mysql.strangers()
    if (stranger) violate(RULE, `${stranger.pod} is, and alone holds ${formatGtidSet(stranger.errant)}`)
  })
  return {}
}
