import { sleep } from '../src/clock.ts'
import { diagnose } from '../src/domain/diagnose.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, objectNames, ordinalOf } from '../src/domain/names.ts'
import { judgeScale, type ScaleVerdict } from '../src/domain/scale.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import { beating } from './beating.ts'
import { evidence, reach } from './group.ts'
import { applySize } from './objects.ts'
import type { Ports } from './ports.ts'

const LOOK_MS = 500
/** A pod gets its grace period to end; on a node that is gone it never does. */
const GONE_MS = 4 * 60_000

const look = async (ports: Ports, ref: ClusterRef): Promise<{ snapshot: Snapshot; verdict: ScaleVerdict }> => {
  const { snapshot } = await evidence(ports, ref)
  return { snapshot, verdict: judgeScale(snapshot, diagnose(snapshot, ref.name)) }
}

/** What comes next on the way to the declared size, on fresh evidence. */
export const considerScale = async (ports: Ports, ref: ClusterRef): Promise<ScaleVerdict> =>
  (await look(ports, ref)).verdict

const closed = (doing: string, verdict: ScaleVerdict): OperatorError =>
  new OperatorError('GateClosed', `${doing}: ${verdict.kind === 'Wait' ? verdict.why : `${verdict.kind} comes first`}`)

/** Takes a member that is to go out of the group; nothing happens when it is out already. */
export const dismiss = async (ports: Ports, ref: ClusterRef, pod: string): Promise<void> => {
  const { snapshot, verdict } = await look(ports, ref)
  if (verdict.kind === 'Shrink' && verdict.pod === pod) return
  if (verdict.kind !== 'Leave' || verdict.pod !== pod) throw closed(`${pod} does not leave the group`, verdict)
  const { address, access } = await reach(ports, ref, snapshot, pod)
  await beating(ports, `${pod} leaves the group`, () => ports.mysql.leave(address, access))
}

/** Makes the StatefulSet one of `size` members: with `pod`, or without it. Nothing happens when it is so already. */
export const resize = async (ports: Ports, ref: ClusterRef, pod: string, size: number): Promise<void> => {
  const { snapshot, verdict } = await look(ports, ref)
  if (snapshot.size === size) return
  const isDue = (verdict.kind === 'Grow' || verdict.kind === 'Shrink') && verdict.pod === pod && verdict.size === size
  if (!isDue) throw closed(`the cluster does not get ${size} members`, verdict)
  const applied = await beating(ports, `the cluster has ${size} members`, () =>
    applySize(ports, ref, snapshot.size, size),
  )
  if (applied.kind === 'Foreign') throw new OperatorError('GateClosed', applied.message)
}

/**
 * Waits until the pod of a member that was taken out has ended, and then removes its claim if `storage.onDelete` says so and
 * the group holds all that is on it (`isHeld`).
 */
export const dispose = (
  ports: Ports,
  ref: ClusterRef,
  pod: string,
  isHeld: boolean,
): Promise<{ volume: 'kept' | 'removed' }> =>
  beating(ports, `${pod} ends`, async () => {
    const { kubernetes, clock } = ports
    const { namespace } = ref
    for (const end = clock.now() + GONE_MS; await kubernetes.get('Pod', { namespace, name: pod }); ) {
      if (clock.now() > end)
        throw new OperatorError('MemberUnreachable', `${pod} is out of the cluster, and its pod does not end`)
      await sleep(clock, LOOK_MS)
    }
    const { cluster, snapshot } = await evidence(ports, ref)
    const ordinal = ordinalOf(pod)
    // Somebody may want it back by now.
    const isWanted = ordinal < Math.max(snapshot.size, cluster.spec.size)
    if (!isHeld || isWanted || cluster.spec.storage.onDelete !== 'Delete') return { volume: 'kept' }
    const name = objectNames(ref.name).claim(ordinal)
    const claims = await kubernetes.list('PersistentVolumeClaim', namespace, {})
    for (const { metadata } of claims.filter((claim) => claim.metadata.name === name))
      await kubernetes.delete('PersistentVolumeClaim', { namespace, name }, metadata.uid)
    return { volume: 'removed' }
  })
