import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, objectNames, SECRET_FINALIZER, selectorLabels } from '../src/domain/names.ts'
import { LATER_ACCOUNTS } from '../src/domain/objects/accounts.ts'
import type { ClusterInput } from '../src/domain/objects/cluster.ts'
import { appSecret, certificateNames, systemSecret, tlsSecret } from '../src/domain/objects/secrets.ts'
import { isTerminating } from '../src/kubernetes/events.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../src/kubernetes/port.ts'
import type { Credentials } from '../src/pki/credentials.ts'
import type { Ports } from './ports.ts'

type Secret = Kinds['Secret']

const copyName = (name: string): string => `${name}-copy`

const isOurs = (secret: Secret, ref: ClusterRef): boolean =>
  Object.entries(selectorLabels(ref.name)).every(([label, value]) => secret.metadata.labels?.[label] === value)

const isHeld = ({ metadata }: Secret): boolean => metadata.finalizers?.includes(SECRET_FINALIZER) ?? false

const setHeld = async (kubernetes: Kubernetes, { metadata }: Secret, held: boolean): Promise<void> => {
  const { namespace, name, resourceVersion } = metadata
  const others = metadata.finalizers?.filter((finalizer) => finalizer !== SECRET_FINALIZER) ?? []
  const finalizers = held ? [...others, SECRET_FINALIZER] : others
  await kubernetes.patch('Secret', { namespace, name }, { metadata: { resourceVersion, finalizers } })
}

/** A new Secret with the content of `secret`. Its values stay in this process and the API server. */
const sameAs = ({ metadata, type, data }: Secret, name: string, finalizers: readonly string[]): Applicable => {
  const { namespace, labels } = metadata
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels, finalizers }, type, data }
  return object as Applicable
}

const certificateSecret = async (credentials: Credentials, input: ClusterInput): Promise<Applicable> => {
  const { name, namespace } = input.ref
  return tlsSecret(input, await credentials.certificates(`${name} in ${namespace}`, name, certificateNames(input)))
}

/**
 * Keeps one Secret: makes it when it never was, holds it by a finalizer, and makes it again with the same content when
 * somebody deletes it, as the members know only what it held. The content is copied before the old one is let go, so that
 * a crash at any point leaves it in at least one of the two.
 */
const keep = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  name: string,
  make: () => Applicable | Promise<Applicable>,
): Promise<'kept' | 'made' | 'restored'> => {
  const { namespace } = ref
  const key = { namespace, name }
  const copyKey = { namespace, name: copyName(name) }
  const [secret, copy] = await Promise.all([kubernetes.get('Secret', key), kubernetes.get('Secret', copyKey)])
  if (secret && !secret.metadata.deletionTimestamp) {
    if (copy && isOurs(copy, ref)) await kubernetes.delete('Secret', copyKey, copy.metadata.uid)
    if (!isHeld(secret)) await setHeld(kubernetes, secret, true)
    return 'kept'
  }
  if (!secret && !copy) {
    await kubernetes.create(await make())
    return 'made'
  }
  if (secret) {
    await kubernetes.create(sameAs(secret, copyKey.name, []))
    await setHeld(kubernetes, secret, false)
  }
  const content = secret ?? copy
  if (content) await kubernetes.create(sameAs(content, name, [SECRET_FINALIZER]))
  const again = await kubernetes.get('Secret', key)
  // Someone else's finalizer may still hold the old one: then the copy is kept, and this is done once more.
  if (!again || again.metadata.deletionTimestamp)
    throw new OperatorError('Conflict', `Secret ${name} is still being deleted`)
  const spare = await kubernetes.get('Secret', copyKey)
  if (spare && isOurs(spare, ref)) await kubernetes.delete('Secret', copyKey, spare.metadata.uid)
  return 'restored'
}

const keepers = ({ credentials }: Ports, input: ClusterInput) => {
  const names = objectNames(input.ref.name)
  return [
    [names.system, () => systemSecret(input, credentials.password)],
    [names.app, () => appSecret(input, credentials.password)],
    [names.tls, () => certificateSecret(credentials, input)],
  ] as const
}

/** Adds a password for each account that came after the Secret was made. What is there is left as it is, an empty key too. */
const addLater = async ({ kubernetes, credentials }: Ports, { ref }: ClusterInput): Promise<void> => {
  const key = { namespace: ref.namespace, name: objectNames(ref.name).system }
  const secret = await kubernetes.get('Secret', key)
  if (!secret || secret.metadata.deletionTimestamp || !isOurs(secret, ref)) return
  const lacking = LATER_ACCOUNTS.filter((account) => secret.data?.[account] === undefined)
  if (lacking.length === 0) return
  const { resourceVersion } = secret.metadata
  const stringData = Object.fromEntries(lacking.map((account) => [account, credentials.password()]))
  await kubernetes.patch('Secret', key, { metadata: { resourceVersion }, stringData })
}

/** Keeps the Secrets of a cluster. Resolves with the names of those that had been deleted, and were made again as they were. */
export const keepSecrets = async (ports: Ports, input: ClusterInput): Promise<readonly string[]> => {
  const results = await Promise.all(
    keepers(ports, input).map(
      async ([name, make]) => [name, await keep(ports.kubernetes, input.ref, name, make)] as const,
    ),
  )
  await addLater(ports, input)
  return results.filter(([, result]) => result === 'restored').map(([name]) => name)
}

/** Makes a Secret again that somebody deletes, if its content is still there: without it the volumes that stay are locked for ever. */
const rescue = async (kubernetes: Kubernetes, ref: ClusterRef, name: string): Promise<void> => {
  const { namespace } = ref
  const secret = await kubernetes.get('Secret', { namespace, name })
  const source = secret ?? (await kubernetes.get('Secret', { namespace, name: copyName(name) }))
  if (!source || !isOurs(source, ref) || (source === secret && !source.metadata.deletionTimestamp)) return
  try {
    // Whoever holds it besides may do so for long, and the cluster is not to wait for that: another one finds the copy.
    if (secret?.metadata.finalizers?.some((finalizer) => finalizer !== SECRET_FINALIZER))
      await kubernetes.create(sameAs(secret, copyName(name), []))
    else
      await keep(kubernetes, ref, name, () => {
        throw new OperatorError('Conflict', `Secret ${name} went while it was made again`)
      })
  } catch (error) {
    // With its namespace all goes, the volumes too.
    if (!isTerminating(error)) throw error
  }
}

/** Lets go of the Secrets of a cluster that ends: they stay beside its volumes, or go with them. Those of others are left alone. */
export const releaseSecrets = async (kubernetes: Kubernetes, ref: ClusterRef, remove: boolean): Promise<void> => {
  const { system, app, tls } = objectNames(ref.name)
  for (const name of [system, app, tls]) {
    const key = { namespace: ref.namespace, name }
    if (!remove) await rescue(kubernetes, ref, name)
    const secret = await kubernetes.get('Secret', key)
    if (!secret || !isOurs(secret, ref)) continue
    if (isHeld(secret)) await setHeld(kubernetes, secret, false)
    if (remove) await kubernetes.delete('Secret', key, secret.metadata.uid)
  }
}
