import { sleep } from '../src/clock.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type GrowthVerdict, nextOfGrowth } from '../src/domain/growth.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { beating } from './beating.ts'
import { evidence } from './group.ts'
import { applyGrowth } from './objects.ts'
import type { Ports } from './ports.ts'
import { larger } from './volumes.ts'

const LOOK_MS = 1_000
/** Where a volume grows at once it takes some seconds. It must not hold up other procedures longer. */
const PATIENCE_MS = 30_000
/** The garbage collector takes seconds to let go of the pods. */
const GONE_MS = 60_000

/** What comes next until all volumes are as large as declared, on fresh evidence. */
export const considerGrowth = async (ports: Ports, ref: ClusterRef): Promise<GrowthVerdict> =>
  nextOfGrowth((await evidence(ports, ref)).snapshot)

/** Has the claims ask for as much as is declared. Throws the reason when one may not. */
export const enlarge = async (ports: Ports, ref: ClusterRef): Promise<void> => {
  const verdict = await considerGrowth(ports, ref)
  if (verdict.kind === 'Refused') throw new OperatorError(verdict.reason, verdict.why)
  if (verdict.kind !== 'Ask') return
  const { namespace } = ref
  for (const name of verdict.claims)
    await ports.kubernetes.patch('PersistentVolumeClaim', { namespace, name }, larger(verdict.size))
}

/** Waits a while for the volumes to grow. */
export const watchGrowth = (ports: Ports, ref: ClusterRef): Promise<void> =>
  beating(ports, 'the volumes grow', async () => {
    const end = ports.clock.now() + PATIENCE_MS
    while ((await considerGrowth(ports, ref)).kind === 'Wait' && ports.clock.now() < end)
      await sleep(ports.clock, LOOK_MS)
  })

/**
 * Makes the StatefulSet anew around its pods, which run on: the size of the volumes that it makes cannot be changed in one
 * that is there. Whoever dies in between leaves pods without one, and the next look makes it.
 */
export const takeOverVolumes = (ports: Ports, ref: ClusterRef): Promise<void> =>
  beating(ports, 'the StatefulSet is made anew around its pods', async () => {
    const { kubernetes, clock } = ports
    if ((await considerGrowth(ports, ref)).kind !== 'TakeOver') return
    const { namespace, name } = ref
    const key = { namespace, name }
    const before = await kubernetes.get('StatefulSet', key)
    if (!before) return
    const { uid } = before.metadata
    await kubernetes.delete('StatefulSet', key, uid, { orphan: true })
    for (const end = clock.now() + GONE_MS; (await kubernetes.get('StatefulSet', key))?.metadata.uid === uid; ) {
      if (clock.now() > end) throw new OperatorError('Conflict', `StatefulSet ${name} does not let go of its pods`)
      await sleep(clock, LOOK_MS)
    }
    const applied = await applyGrowth(ports, ref)
    if (applied.kind === 'Foreign') throw new OperatorError('GateClosed', applied.message)
  })
