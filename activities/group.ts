import { API_VERSION } from '../crds/group.ts'
import { KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import type { GroupRecord } from '../crds/mysqlcluster-status.ts'
import { judgeBootstrap } from '../src/domain/bootstrap.ts'
import { stateOf } from '../src/domain/cluster-state.ts'
import { diagnose } from '../src/domain/diagnose.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { judgeApproval } from '../src/domain/failover.ts'
import { isOnline, ownRow, parseViewId, seesMajority } from '../src/domain/group.ts'
import { judgeJoin } from '../src/domain/join.ts'
import { type ClusterRef, FIELD_MANAGER, memberHost, PORTS } from '../src/domain/names.ts'
import type { OperationRef } from '../src/domain/procedure.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import { beating } from './beating.ts'
import { addressOf, readAccess, readCluster } from './cluster.ts'
import { gather } from './gather.ts'
import { operationView, readOpen } from './operations.ts'
import type { Ports } from './ports.ts'

/** Reads a cluster and all evidence about it. Throws GateClosed when it is gone or going. */
export const evidence = async (
  ports: Ports,
  ref: ClusterRef,
): Promise<{ cluster: MySQLCluster; snapshot: Snapshot }> => {
  // The cluster is read first: whatever is written on its resourceVersion was decided on evidence at least as new.
  const cluster = await readCluster(ports.kubernetes, ref)
  const snapshot = await gather(ports, ref)
  if (!cluster || !snapshot || snapshot.deleting) throw new OperatorError('GateClosed', 'the cluster is being deleted')
  return { cluster, snapshot }
}

/** Puts the group on record, if nobody has changed the cluster since it was read. */
const record = (ports: Ports, ref: ClusterRef, resourceVersion: string, group: GroupRecord): Promise<void> =>
  ports.kubernetes.apply(
    {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { ...ref, resourceVersion },
      status: { group },
    } as Parameters<typeof ports.kubernetes.apply>[0],
    { manager: `${FIELD_MANAGER}-group`, subresource: 'status' },
  )

/** Where a member looks for its group. */
const seedsOf = (ports: Ports, ref: ClusterRef, snapshot: Snapshot): string[] =>
  snapshot.pods.map(({ name }) => `${memberHost(ref, name, ports.domain)}:${PORTS.mysql}`)

/** What it takes to connect to the member of a pod. Throws MemberUnreachable while there is no way to. */
export const reach = async (ports: Ports, ref: ClusterRef, snapshot: Snapshot, name: string) => {
  const pod = snapshot.pods.find((candidate) => candidate.name === name)
  const address = pod && addressOf(ref, pod, ports.domain)
  const access = await readAccess(ports.kubernetes, ref)
  if (!address || !access) throw new OperatorError('MemberUnreachable', `${name} has no address or no Secret yet`)
  return { address, access }
}

/** Why no group may be made from `seed` now; undefined when it may. `approval`: which request of a person allows more than the rules. */
const whyNot = async (
  ports: Ports,
  ref: ClusterRef,
  snapshot: Snapshot,
  seed: string,
  approval: OperationRef | undefined,
): Promise<string | undefined> => {
  if (approval) {
    // What a person has accepted is read anew: it may have been taken back, or be for another loss.
    const open = await readOpen(ports.kubernetes, ref, approval)
    const verdict = judgeApproval(snapshot, stateOf(snapshot), seed, open && operationView(open))
    return verdict.kind === 'Closed' ? verdict.why : undefined
  }
  const verdict = judgeBootstrap(snapshot)
  if (verdict.kind !== 'Allowed') return verdict.why
  return verdict.seed === seed ? undefined : `the seed is ${verdict.seed}`
}

/**
 * Makes the group, from `seed`. A group that a person has made in spite of what may be lost has a name of its own: members that
 * were left behind cannot join it by themselves, and its transactions are not taken for theirs. The decision is put on record before the act, and the act after it was seen to succeed,
 * so that a run that dies in between is picked up by the next one, and by the same seed only.
 */
export const bootstrap = async (
  ports: Ports,
  ref: ClusterRef,
  seed: string,
  approval?: OperationRef,
): Promise<{ incarnation: string }> => {
  const { cluster, snapshot } = await evidence(ports, ref)
  const before = snapshot.group
  const own = snapshot.members.find((member) => member.pod === seed)
  const found = own && isOnline(own) && seesMajority(own) ? parseViewId(own.viewId)?.incarnation : undefined
  // A try before this one did it all, and could not tell.
  if (
    found !== undefined &&
    before?.seed === seed &&
    before.incarnation === found &&
    before.name === (approval?.uid ?? before.name)
  )
    return { incarnation: found }
  const unfinished = before?.seed === seed && before.incarnation === undefined
  const bootstraps = (before?.bootstraps ?? 0) + (unfinished ? 0 : 1)

  if (!(unfinished && own && isOnline(own))) {
    const why = await whyNot(ports, ref, snapshot, seed, approval)
    if (why) throw new OperatorError('GateClosed', `no bootstrap of ${seed}: ${why}`)
    const name = approval?.uid ?? before?.name
    const isNew = !unfinished || name !== before?.name
    if (isNew)
      await record(ports, ref, cluster.metadata.resourceVersion, { seed, bootstraps, ...(name ? { name } : {}) })
    const { address, access } = await reach(ports, ref, snapshot, seed)
    await beating(ports, `bootstrapping the group from ${seed}`, () =>
      ports.mysql.bootstrap(address, access, seedsOf(ports, ref, snapshot), name ?? ref.uid),
    )
  }
  return recordGroup(ports, ref, seed)
}

/** Takes note of the group that `seed` is ONLINE in, so that observer and diagnosis believe its views. */
export const recordGroup = async (ports: Ports, ref: ClusterRef, seed: string): Promise<{ incarnation: string }> => {
  const { cluster, snapshot } = await evidence(ports, ref)
  const member = snapshot.members.find((candidate) => candidate.pod === seed)
  const incarnation = member && isOnline(member) && seesMajority(member) && parseViewId(member.viewId)?.incarnation
  if (!incarnation) throw new OperatorError('MemberRefused', `${seed} is not ONLINE in a group`)
  await record(ports, ref, cluster.metadata.resourceVersion, {
    seed,
    incarnation,
    bootstraps: Math.max(1, snapshot.group?.bootstraps ?? 1),
    ...(snapshot.group?.name ? { name: snapshot.group.name } : {}),
  })
  return { incarnation }
}

/** Brings one member into the group, when the group still has all that the member lacks. Resolves once it is on its way. */
export const join = async (ports: Ports, ref: ClusterRef, pod: string): Promise<{ state: string }> => {
  const { snapshot } = await evidence(ports, ref)
  const { state } = diagnose(snapshot, ref.name)
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (state.kind !== 'Serving' || !member)
    throw new OperatorError('GateClosed', `${pod} cannot join: there is no group to join`)
  if (!state.outside.includes(pod)) return { state: ownRow(member)?.state ?? 'ONLINE' }
  const verdict = judgeJoin(member, state.view)
  if (verdict.kind !== 'Join') throw new OperatorError('GateClosed', `${pod} cannot join by itself: ${verdict.kind}`)

  const { address, access } = await reach(ports, ref, snapshot, pod)
  const donor = await reach(ports, ref, snapshot, state.view.pod)
  const group = snapshot.group?.name ?? ref.uid
  await ports.mysql.join(address, donor.address, access, seedsOf(ports, ref, snapshot), group, () =>
    ports.heartbeat(`${pod} is joining`),
  )
  return { state: 'RECOVERING' }
}
