import type { Clock } from '../../../src/clock.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Random } from '../world/random.ts'
import { part, type Tree } from './json.ts'
import type { Registry } from './registry.ts'
import { keyOf, type Store } from './store.ts'

const BY = 'resizer'
const SLOW = 0.2
const [QUICK_MS, SLOW_MS] = [5_000, 120_000]

const requestOf = (claim: Kinds['PersistentVolumeClaim']): unknown => claim.spec?.resources?.requests?.['storage']

/** Makes the volumes larger whose claims ask for more than they have: most in seconds, some in minutes. */
export const startGrowth = (clock: Clock, random: Random, store: Store, registry: Registry): void =>
  store.onWrite(({ kind, key, before, after }) => {
    if (kind !== 'PersistentVolumeClaim' || !before || !after) return
    const [was, is] = [before, after] as Kinds['PersistentVolumeClaim'][]
    if (!was || !is || requestOf(was) === requestOf(is)) return
    const { uid } = is.metadata
    clock.after(random.between(500, random.chance(SLOW) ? SLOW_MS : QUICK_MS), () => {
      const claim = store.get('PersistentVolumeClaim', key)
      if (claim?.metadata.uid !== uid) return
      const capacity: Tree = { storage: requestOf(claim) }
      registry.report(
        'PersistentVolumeClaim',
        keyOf(claim),
        (status) => ({ ...part({ status }, 'status'), capacity }),
        BY,
      )
    })
  })
