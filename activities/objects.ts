import { API_VERSION } from '../crds/group.ts'
import { FINALIZER, KIND } from '../crds/mysqlcluster.ts'
import { canStartOver } from '../src/domain/bootstrap.ts'
import { type ClusterRef, FIELD_MANAGER, MANAGED_BY, objectNames, selectorLabels } from '../src/domain/names.ts'
import type { ClusterInput } from '../src/domain/objects/cluster.ts'
import { configuration } from '../src/domain/objects/configuration.ts'
import { disruptionBudget } from '../src/domain/objects/disruption.ts'
import { appSecret, certificateNames, systemSecret, tlsSecret } from '../src/domain/objects/secrets.ts'
import { services } from '../src/domain/objects/services.ts'
import { statefulSet } from '../src/domain/objects/statefulset.ts'
import type { Kind, ObjectMeta } from '../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../src/kubernetes/port.ts'
import type { Credentials } from '../src/pki/credentials.ts'
import { hasFinalizer, readCluster } from './cluster.ts'
import { gather } from './gather.ts'
import type { Ports } from './ports.ts'

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
  return { kind, name, object, state } as const
}

const certificateSecret = async (credentials: Credentials, input: ClusterInput) => {
  const { name, namespace } = input.ref
  return tlsSecret(input, await credentials.certificates(`${name} in ${namespace}`, name, certificateNames(input)))
}

/** Secrets are made once: what is in one, and not what we would write, is what the members were made with. */
const createSecrets = async (
  { kubernetes, credentials }: Ports,
  input: ClusterInput,
  absent: readonly string[],
): Promise<void> => {
  const names = objectNames(input.ref.name)
  const make = async (name: string, secret: () => Applicable | Promise<Applicable>): Promise<void> => {
    if (absent.includes(name)) await kubernetes.create(await secret())
  }
  await Promise.all([
    make(names.system, () => systemSecret(input, credentials.password)),
    make(names.app, () => appSecret(input, credentials.password)),
    make(names.tls, () => certificateSecret(credentials, input)),
  ])
}

const keepUntilFinalised = (kubernetes: Kubernetes, ref: ClusterRef): Promise<void> => {
  const { namespace, name, uid } = ref
  // With the uid in it, this cannot bring back to life a cluster that was deleted meanwhile.
  const metadata = { namespace, name, uid, finalizers: [FINALIZER] }
  return kubernetes.apply({ apiVersion: API_VERSION, kind: KIND, metadata }, { manager: FIELD_MANAGER })
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
export const applyObjects = async (ports: Ports, ref: ClusterRef): Promise<Applied> => {
  const { kubernetes, domain } = ports
  const [cluster, snapshot] = await Promise.all([readCluster(kubernetes, ref), gather(ports, ref)])
  if (!cluster || !snapshot) return { kind: 'Skipped', why: 'the cluster is gone' }
  if (cluster.metadata.deletionTimestamp) return { kind: 'Skipped', why: 'the cluster is being deleted' }
  if (snapshot.objects.kind === 'Refused') return { kind: 'Skipped', why: snapshot.objects.message }
  const changed = snapshot.objects.kind === 'ChangeUnsupported'
  // Before a group has formed there is nothing that a change could harm: a mistyped image can be mended.
  const frozen = changed && !canStartOver(snapshot, cluster.spec.size)
  const spec = frozen ? { ...cluster.spec, size: snapshot.size } : cluster.spec
  const input: ClusterInput = { ref, spec, domain }
  const members: Applicable[] = frozen ? [] : [configuration(input), statefulSet(input)]
  const others: Applicable[] = [...services(input), disruptionBudget(input)]
  const names = objectNames(ref.name)
  const secretStubs: Applicable[] = [names.system, names.app, names.tls].map((name) => ({
    kind: 'Secret',
    metadata: { name },
  }))
  const needed = [...others, ...members, ...secretStubs]
  const found = await Promise.all(needed.map((object) => existing(kubernetes, ref, object)))
  const foreign = found.filter(({ state }) => state === 'foreign')
  if (foreign.length > 0) {
    const list = foreign.map(({ kind, name }) => `"${kind} ${name}"`).join(', ')
    return { kind: 'Foreign', message: `Resource ${list} already exists and is not managed by MySQLCluster` }
  }

  if (!hasFinalizer(cluster)) await keepUntilFinalised(kubernetes, ref)
  const absent = found.filter(({ kind, state }) => kind === 'Secret' && state === 'absent').map(({ name }) => name)
  if (snapshot.objects.kind === 'ChangeUnsupported' && !frozen)
    await startOver(kubernetes, ref, snapshot.objects.fields)
  const secrets = createSecrets(ports, input, absent)
  const apply = (object: Applicable): Promise<void> => kubernetes.apply(object, { manager: FIELD_MANAGER })
  await Promise.all([secrets, ...[...others, ...members].filter(({ kind }) => kind !== 'StatefulSet').map(apply)])
  for (const object of members.filter(({ kind }) => kind === 'StatefulSet')) await apply(object)
  const created = found.filter(({ state }) => state === 'absent').map(({ kind, name }) => `${kind} ${name}`)
  return { kind: 'Applied', created }
}
