import { sleep } from '../src/clock.ts'
import { stateOf } from '../src/domain/cluster-state.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { isKeptId } from '../src/domain/kept.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { EXIT } from '../src/domain/objects/check.ts'
import type { OperationRef } from '../src/domain/procedure.ts'
import { judgeRebuild, REBUILD_ANNOTATION, type RebuildVerdict } from '../src/domain/rebuild.ts'
import type { MemberView, PodView, Snapshot } from '../src/domain/snapshot.ts'
import { beating } from './beating.ts'
import { noteKept } from './expiry.ts'
import { evidence, reach } from './group.ts'
import type { Ports } from './ports.ts'

/** The member that is rebuilt, and who asked for it. `copied`: this procedure has made its copy. */
export interface Rebuild {
  readonly pod: string
  readonly operation?: OperationRef
  readonly copied?: boolean
}

const LOOK_MS = 1_000
/** Kubelet starts a container that keeps ending again after five minutes at most. */
const BACK_MS = 10 * 60_000

interface Look {
  readonly snapshot: Snapshot
  readonly verdict: RebuildVerdict
  readonly pod: PodView | undefined
  readonly member: MemberView | undefined
}

/** Whoever acts for a workflow that Temporal has lost goes on, and another one may be at work by now: then it stops. */
const expectRecord = ({ status }: Snapshot, pod: string): void => {
  const { kind, subject } = status?.procedure ?? {}
  if (kind !== 'rebuild' || subject !== pod)
    throw new OperatorError('GateClosed', `the rebuild of ${pod} is no longer on record`)
}

const look = async (ports: Ports, ref: ClusterRef, { pod, operation, copied }: Rebuild): Promise<Look> => {
  const { snapshot } = await evidence(ports, ref)
  expectRecord(snapshot, pod)
  const approved = snapshot.operations?.find(({ uid }) => uid === operation?.uid)?.approved === true
  return {
    snapshot,
    verdict: judgeRebuild(snapshot, stateOf(snapshot), pod, {
      approved,
      unasked: operation === undefined,
      ...(copied ? { copied } : {}),
    }),
    pod: snapshot.pods.find(({ name }) => name === pod),
    member: snapshot.members.find((member) => member.pod === pod),
  }
}

/** Gate (d), asked once more before the workflow goes on. A member that just starts again is waited for. */
export const considerRebuild = async (ports: Ports, ref: ClusterRef, rebuild: Rebuild): Promise<RebuildVerdict> =>
  (await look(ports, ref, rebuild)).verdict

/** Takes a member out of the group, which stands without it. */
export const leaveGroup = async (ports: Ports, ref: ClusterRef, rebuild: Rebuild): Promise<void> => {
  const { snapshot, verdict } = await look(ports, ref, rebuild)
  if (verdict.kind !== 'Leave') return
  const { address, access } = await reach(ports, ref, snapshot, rebuild.pod)
  await beating(ports, `${rebuild.pod} leaves the group`, () => ports.mysql.leave(address, access))
}

type Say = (doing: string) => void

/**
 * Calls `step` each second until it gives something, for as long as a container may take to come back after the last act.
 * What `step` says is told to Temporal all the while.
 */
const until = <T>(ports: Ports, waiting: string, step: (say: Say) => Promise<T | 'Acted' | undefined>): Promise<T> => {
  const { clock } = ports
  let doing = waiting
  const say: Say = (now) => {
    doing = now
    ports.heartbeat(now)
  }
  const tell = (): string => doing
  return beating(ports, tell, async () => {
    for (let end = clock.now() + BACK_MS; ; ) {
      const found = await step(say)
      if (found !== undefined && found !== 'Acted') return found
      if (found === 'Acted') end = clock.now() + BACK_MS
      if (clock.now() > end)
        throw new OperatorError('MemberUnreachable', `${waiting}: not seen in ${BACK_MS / 60_000} minutes`)
      doing = waiting
      await sleep(clock, LOOK_MS)
    }
  })
}

/** Asks the next start of a pod's mysqld for something, by the annotation that start.sh reads. */
const askStart = async ({ kubernetes }: Ports, ref: ClusterRef, { name, uid }: PodView, id: string): Promise<void> => {
  const key = { namespace: ref.namespace, name }
  if ((await kubernetes.get('Pod', key))?.metadata.annotations?.[REBUILD_ANNOTATION] === id) return
  await kubernetes.patch('Pod', key, { metadata: { uid, annotations: { [REBUILD_ANNOTATION]: id } } })
}

/** Its start has begun nothing, for want of room: somebody has to make some, and the procedure is not to hold up others until then. */
const expectRoom = (pod: PodView | undefined): void => {
  if (pod?.trouble?.kind === 'Ended' && pod.trouble.code === EXIT.noRoom)
    throw new OperatorError('NoRoomToKeep', `${pod.name}: ${pod.trouble.said}`)
}

/**
 * Has the logs of a member linked beside its data by a start of its mysqld, so that what it alone holds can be had afterwards.
 * The archive is named by what the member holds: one of something less does not count.
 */
export const archiveLogs = async (ports: Ports, ref: ClusterRef, rebuild: Rebuild): Promise<{ id?: string }> => {
  let asked: string | undefined
  let toldAt = 0
  return until(ports, `${rebuild.pod} archives its logs`, async () => {
    const { snapshot, verdict, pod, member } = await look(ports, ref, rebuild)
    if (asked !== undefined && !member) expectRoom(pod)
    if (!pod || !member) return undefined
    if (isKeptId(member.archived)) await noteKept(ports, ref, snapshot, rebuild.pod, member.archived)
    if (verdict.kind !== 'Archive') return asked === undefined ? {} : { id: asked }
    // The container that was told to end may still answer.
    const isBack = snapshot.takenAt - member.uptimeSeconds * 1000 > toldAt
    if (asked === verdict.id && !isBack) return undefined
    await askStart(ports, ref, pod, verdict.id)
    const { address, access } = await reach(ports, ref, snapshot, rebuild.pod)
    await ports.mysql.shutDown(address, access)
    asked = verdict.id
    toldAt = ports.clock.now()
    return 'Acted'
  })
}

/** Has data that cannot be read renamed by the next start of their mysqld, which then begins anew. Nothing is removed. */
export const moveAside = async (ports: Ports, ref: ClusterRef, rebuild: Rebuild): Promise<void> => {
  const since = (await evidence(ports, ref)).snapshot.status?.procedure?.since
  // By the procedure: one that is tried again must not move what it has made since.
  const id = `aside-${Date.parse(since ?? '') || 0}`
  await until(ports, `${rebuild.pod} begins anew, its data set aside`, async () => {
    const { snapshot, verdict, pod, member } = await look(ports, ref, rebuild)
    if (member && isKeptId(member.archived)) await noteKept(ports, ref, snapshot, rebuild.pod, member.archived)
    if (member) return true
    expectRoom(pod)
    if (pod && verdict.kind === 'MoveAside') await askStart(ports, ref, pod, id)
    return undefined
  })
}

/** True when the last copy to a member is one of the procedure that is under way. */
const isMade = ({ status }: Snapshot, { copy }: MemberView): boolean =>
  copy?.state === 'Done' && (copy.began ?? 0) >= Date.parse(status?.procedure?.since ?? '')

/**
 * Replaces the data of a member by a copy of a donor's, and waits until it is back. A copy that a run before this one began
 * is waited for, and one that it finished is not made again.
 */
export const copyData = async (ports: Ports, ref: ClusterRef, rebuild: Rebuild): Promise<{ donor?: string }> => {
  const { pod } = rebuild
  let donor: string | undefined
  return until(ports, `${pod} starts from its copy`, async (say) => {
    const { snapshot, verdict, member } = await look(ports, ref, rebuild)
    if (!member) return undefined
    if (isMade(snapshot, member)) return donor === undefined ? {} : { donor }
    if (verdict.kind !== 'Copy')
      throw new OperatorError('GateClosed', 'why' in verdict ? verdict.why : `${pod}: ${verdict.kind} comes first`)
    donor = verdict.donor
    const to = await reach(ports, ref, snapshot, pod)
    const from = await reach(ports, ref, snapshot, donor)
    await ports.mysql.copy(to.address, from.address, to.access, (done) => say(`${pod} copies ${donor}: ${done}`))
    return 'Acted'
  })
}
