import type { V1Service } from '@kubernetes/client-node'
import { API_VERSION } from '../crds/group.ts'
import { FINALIZER, KIND } from '../crds/mysqlcluster.ts'
import { canStartOver, hasFormed } from '../src/domain/bootstrap.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { compareSizes } from '../src/domain/growth.ts'
import { type ClusterRef, FIELD_MANAGER, MANAGED_BY, objectNames, selectorLabels } from '../src/domain/names.ts'
import type { ClusterInput } from '../src/domain/objects/cluster.ts'
import { configuration } from '../src/domain/objects/configuration.ts'
import { disruptionBudget } from '../src/domain/objects/disruption.ts'
import { networkPolicy } from '../src/domain/objects/network.ts'
import { services } from '../src/domain/objects/services.ts'
import { declaredOf, declaredSize, statefulSet } from '../src/domain/objects/statefulset.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import type { Kind, Kinds, ObjectMeta } from '../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../src/kubernetes/port.ts'
import { keepArchiver } from './archiver.ts'
import { beating } from './beating.ts'
import { hasFinalizer, readCluster } from './cluster.ts'
import { tellDrift } from './drift.ts'
import { gather } from './gather.ts'
import { labelPods } from './pods.ts'
import type { Ports } from './ports.ts'
import { keepReaders } from './read-services.ts'
import { keepSchedules } from './schedules.ts'
import { keepSecrets } from './secrets.ts'
import { putBackPorts } from './service-ports.ts'
import { endTrial } from './trial.ts'

/** How an application of the objects ended. Foreign: an object that we need belongs to someone else; nothing was changed. */
export type Applied =
  | { readonly kind: 'Applied'; readonly created: readonly string[] }
  | { readonly kind: 'Foreign'; readonly message: string }
  | { readonly kind: 'Skipped'; readonly why: string }

const isOurs = (meta: ObjectMeta, ref: ClusterRef): boolean =>
  meta.ownerReferences?.some((owner) => owner.uid === ref.uid) ??
  (meta.labels?.['app.kubernetes.io/managed-by'] === MANAGED_BY &&
    meta.labels?.['app.kubernetes.io/instance'] === ref.name)

/** Reads what is there under the name of a desired object: absent, ours, or someone else's. */
const existing = async (kubernetes: Kubernetes, ref: ClusterRef, object: Applicable) => {
  const kind = object.kind as Kind
  const name = object.metadata?.name ?? ''
  const found = await kubernetes.get(kind, { namespace: ref.namespace, name })
  const state = !found ? 'absent' : isOurs(found.metadata, ref) ? 'ours' : 'foreign'
  return { kind, name, object, state, live: found, metadata: found?.metadata } as const
}

const keepUntilFinalised = (kubernetes: Kubernetes, ref: ClusterRef): Promise<void> => {
  const { namespace, name, uid } = ref
  // With the uid in it, this cannot bring back to life a cluster that was deleted meanwhile.
  const metadata = { namespace, name, uid, finalizers: [FINALIZER] }
  return kubernetes.apply({ apiVersion: API_VERSION, kind: KIND, metadata }, { manager: FIELD_MANAGER })
}

type Existing = Awaited<ReturnType<typeof existing>>

const TURNS = 5

/**
 * Applies an object as long as it is as it was found; somebody who changed it since is found first, so that it is known
 * who it was. Resolves with all that was found.
 */
const applyAsFound = async (kubernetes: Kubernetes, ref: ClusterRef, first: Existing): Promise<readonly Existing[]> => {
  const found = [first]
  const mended =
    first.kind === 'Service'
      ? await putBackPorts(kubernetes, first.object as V1Service, first.live as Kinds['Service'] | undefined)
      : first.live
  for (let one: Existing = { ...first, metadata: mended?.metadata }, turn = 1; ; turn += 1) {
    const { uid, resourceVersion } = one.metadata ?? {}
    // An object that others change all the time is put back all the same.
    const asFound = uid && resourceVersion && turn < TURNS ? { uid, resourceVersion } : {}
    const object = { ...one.object, metadata: { ...one.object.metadata, ...asFound } }
    const outcome = await kubernetes.apply(object, { manager: FIELD_MANAGER }).catch((error: unknown) => error)
    if (outcome === undefined) return found
    if (!(outcome instanceof OperatorError && outcome.code === 'Conflict') || turn === TURNS) throw outcome
    one = await existing(kubernetes, ref, one.object)
    if (one.state === 'foreign') throw outcome
    found.push(one)
  }
}

/**
 * Removes the StatefulSet of a cluster that has never formed, so that it is made anew from today's declaration, and with
 * another size or class of volumes the claims that have no volume yet, as a claim cannot be changed.
 */
const startOver = async (kubernetes: Kubernetes, ref: ClusterRef, changed: readonly string[]): Promise<void> => {
  const { namespace, name } = ref
  const key = { namespace, name: objectNames(name).statefulSet }
  const statefulSet = await kubernetes.get('StatefulSet', key)
  if (statefulSet) await kubernetes.delete('StatefulSet', key, statefulSet.metadata.uid)
  if (!changed.some((field) => field.startsWith('spec.storage.'))) return
  const claims = await kubernetes.list('PersistentVolumeClaim', namespace, selectorLabels(name))
  for (const { metadata, spec } of claims)
    if (spec?.volumeName === undefined)
      await kubernetes.delete('PersistentVolumeClaim', { namespace, name: metadata.name }, metadata.uid)
}

/**
 * Brings the objects of a cluster to what its MySQLCluster declares, by server-side apply; the StatefulSet last,
 * as its pods need the others. A StatefulSet that was made from another spec is left as it is (see changedParts).
 */
export const applyObjects = (ports: Ports, ref: ClusterRef): Promise<Applied> =>
  beating(ports, 'making the objects as declared', () => makeObjects(ports, ref))

/** The same for another number of members than there are; the caller has checked the gate, on a StatefulSet of `from`. */
export const applySize = (ports: Ports, ref: ClusterRef, from: number, to: number): Promise<Applied> =>
  makeObjects(ports, ref, { from, to })

/** The same with what members are made from as it is declared now; the caller has checked the gate. */
export const applyRelease = (ports: Ports, ref: ClusterRef): Promise<Applied> => makeObjects(ports, ref, 'Release')

/** The same with volumes of the size that is declared now, where there is no StatefulSet; the caller has checked the gate. */
export const applyGrowth = (ports: Ports, ref: ClusterRef): Promise<Applied> => makeObjects(ports, ref, 'Growth')

/** The size of volumes that a StatefulSet is made with: in one that is there it cannot be changed. */
const sizeOf = ({ volumes }: Snapshot, declared: string): string =>
  volumes && compareSizes(volumes.template, declared) !== 0 ? volumes.template : declared

const makeObjects = async (
  ports: Ports,
  ref: ClusterRef,
  how: 'AsMade' | 'Release' | 'Growth' | { readonly from: number; readonly to: number } = 'AsMade',
): Promise<Applied> => {
  const { kubernetes, domain } = ports
  const [cluster, snapshot] = await Promise.all([readCluster(kubernetes, ref), gather(ports, ref)])
  if (!cluster || !snapshot) return { kind: 'Skipped', why: 'the cluster is gone' }
  if (cluster.metadata.deletionTimestamp) return { kind: 'Skipped', why: 'the cluster is being deleted' }
  if (snapshot.objects.kind === 'Refused') return { kind: 'Skipped', why: snapshot.objects.message }
  const changed = snapshot.objects.kind === 'ChangeUnsupported'
  // Before a group has formed there is nothing that a change could harm: a mistyped image can be mended.
  const isPending = snapshot.pending !== undefined && how !== 'Release'
  const frozen = isPending || (changed && !canStartOver(snapshot, cluster.spec.size))
  const resize = typeof how === 'object' ? how : undefined
  const isFixed = frozen || hasFormed(snapshot)
  if (resize && (frozen || resize.from !== snapshot.size))
    throw new OperatorError('Conflict', 'its size is another now')
  const size = resize?.to ?? (isFixed ? snapshot.size : cluster.spec.size)
  const storage = { ...cluster.spec.storage, size: sizeOf(snapshot, cluster.spec.storage.size) }
  const spec = { ...cluster.spec, size, storage }
  const input: ClusterInput = { ref, spec, domain }
  // Its pods would make data of their own.
  const isEarly = snapshot.objects.kind === 'Unrestored'
  const made: Applicable[] = [configuration(input), ...(isEarly ? [] : [statefulSet(input)])]
  const members = frozen ? [] : made
  const others: Applicable[] = [
    ...services(input),
    disruptionBudget(input),
    networkPolicy(input, ports.operatorNamespace),
  ]
  const names = objectNames(ref.name)
  const secretStubs: Applicable[] = [names.system, names.app, names.tls].map((name) => ({
    kind: 'Secret',
    metadata: { name },
  }))
  const needed = [...others, ...members, ...secretStubs]
  const there = await Promise.all(needed.map((object) => existing(kubernetes, ref, object)))
  const found = await keepReaders(kubernetes, ref, there)
  const foreign = found.filter(({ state }) => state === 'foreign')
  if (foreign.length > 0) {
    const list = foreign.map(({ kind, name }) => `"${kind} ${name}"`).join(', ')
    return { kind: 'Foreign', message: `Resource ${list} already exists and is not managed by MySQLCluster` }
  }

  // What was made of an older declaration than the one that is there by now must not replace it.
  const live = found.find(({ kind }) => kind === 'StatefulSet')?.live as Kinds['StatefulSet'] | undefined
  if (live && (declaredSize(declaredOf(live)) ?? snapshot.size) !== snapshot.size)
    throw new OperatorError('Conflict', 'its size was changed meanwhile')
  if (!hasFinalizer(cluster)) await keepUntilFinalised(kubernetes, ref)
  if (snapshot.objects.kind === 'ChangeUnsupported' && !frozen)
    await startOver(kubernetes, ref, snapshot.objects.fields)
  const secrets = keepSecrets(ports, input)
  const apply = (one: Existing): Promise<readonly Existing[]> => applyAsFound(kubernetes, ref, one)
  const isLast = ({ kind }: Existing): boolean => kind === 'StatefulSet'
  const first = found.filter((one) => one.kind !== 'Secret' && !isLast(one))
  const [restored, ...seen] = await Promise.all([secrets, ...first.map(apply)])
  for (const one of found.filter(isLast)) seen.push(await apply(one))
  // Otherwise it is left as it is, and yet keeps its size.
  if (frozen && 'replicas' in snapshot.objects && snapshot.objects.replicas !== snapshot.size)
    await kubernetes.patch('StatefulSet', ref, { spec: { replicas: snapshot.size } })
  if (!isPending) await endTrial(kubernetes, ref)
  const labelled = await labelPods(kubernetes, ref, snapshot.pods)
  const formed = snapshot.group?.incarnation !== undefined
  const told = seen.flat().filter((one) => how !== 'Growth' || !isLast(one))
  if (formed) await tellDrift(ports, ref, told, { restored, labelled })
  if (how === 'AsMade') await keepSchedules(ports, ref, cluster)
  if (how === 'AsMade') await keepArchiver(ports, input, cluster)
  const created = found.filter(({ state }) => state === 'absent').map(({ kind, name }) => `${kind} ${name}`)
  return { kind: 'Applied', created }
}
