import { sleep } from '../src/clock.ts'
import { diagnose } from '../src/domain/diagnose.ts'
import { OperatorError } from '../src/domain/errors.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { judgeRoll, type RollVerdict } from '../src/domain/roll.ts'
import { beating } from './beating.ts'
import { evidence } from './group.ts'
import { applyRelease } from './objects.ts'
import type { Ports } from './ports.ts'

const LOOK_MS = 500
/** A pod gets its grace period to end; on a node that is gone it never does. */
const GONE_MS = 4 * 60_000

/** What comes next until every member runs as declared, on fresh evidence. */
export const considerRoll = async (ports: Ports, ref: ClusterRef): Promise<RollVerdict> => {
  const { snapshot } = await evidence(ports, ref)
  return judgeRoll(snapshot, diagnose(snapshot, ref.name))
}

const closed = (doing: string, verdict: RollVerdict): OperatorError =>
  new OperatorError('GateClosed', `${doing}: ${verdict.kind === 'Wait' ? verdict.why : `${verdict.kind} comes first`}`)

/** Lets pods that are made from now on be made as declared. Those that run are left as they are. */
export const release = async (ports: Ports, ref: ClusterRef): Promise<void> => {
  const verdict = await considerRoll(ports, ref)
  if (verdict.kind === 'Wait') throw closed('what is declared is not taken over', verdict)
  if (verdict.kind !== 'Release') return
  const applied = await beating(ports, 'taking over what is declared', () => applyRelease(ports, ref))
  if (applied.kind === 'Foreign') throw new OperatorError('GateClosed', applied.message)
}

/** Removes the pod of a member, and waits until there is another one. Nothing happens when that was done before. */
export const renew = async (ports: Ports, ref: ClusterRef, pod: string, uid: string): Promise<void> => {
  const { kubernetes, clock } = ports
  const key = { namespace: ref.namespace, name: pod }
  const found = await kubernetes.get('Pod', key)
  if (found?.metadata.uid === uid && found.metadata.deletionTimestamp === undefined) {
    const verdict = await considerRoll(ports, ref)
    if (verdict.kind !== 'Replace' || verdict.uid !== uid) throw closed(`${pod} is not renewed`, verdict)
    await kubernetes.delete('Pod', key, uid)
  }
  await beating(ports, `${pod} is made again`, async () => {
    const end = clock.now() + GONE_MS
    for (let now = found; now === undefined || now.metadata.uid === uid; now = await kubernetes.get('Pod', key)) {
      if (clock.now() > end)
        throw new OperatorError('MemberUnreachable', `the pod of ${pod} does not end, or is not made again`)
      await sleep(clock, LOOK_MS)
    }
  })
}
