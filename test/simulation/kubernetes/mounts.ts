import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ContainerSpec } from '../world/runtime.ts'
import { part } from './json.ts'
import type { Store } from './store.ts'

type Pod = Kinds['Pod']
type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]
/** What a container finds in its file system. */
export type Mounted = Pick<ContainerSpec, 'volume' | 'secrets' | 'configuration' | 'request'>

interface Needed {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  readonly keys: readonly string[]
}

const keysOf = (items: readonly { key: string }[] | undefined): readonly string[] => (items ?? []).map(({ key }) => key)

const neededBy = ({ secret, configMap, projected }: Volume): readonly Needed[] => [
  ...(secret?.secretName ? [{ kind: 'Secret', name: secret.secretName, keys: keysOf(secret.items) } as const] : []),
  ...(configMap?.name ? [{ kind: 'ConfigMap', name: configMap.name, keys: keysOf(configMap.items) } as const] : []),
  ...(projected?.sources ?? []).flatMap(({ secret: source }) =>
    source?.name ? [{ kind: 'Secret', name: source.name, keys: keysOf(source.items) } as const] : [],
  ),
]

/** Plain values of a Secret. */
const plain = (secret: Kinds['Secret']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )

/** What the volumes of a pod hold now, or why they cannot be mounted. */
export const mount = (store: Store, pod: Pod): Mounted | { readonly missing: string } => {
  const { namespace } = pod.metadata
  const volumes = pod.spec?.volumes ?? []
  for (const { kind, name, keys } of volumes.flatMap(neededBy)) {
    const found = store.get(kind, { namespace, name })
    if (!found) return { missing: `${kind} "${name}" not found` }
    const lost = keys.find((key) => !(key in part(found, 'data')))
    if (lost) return { missing: `references non-existent ${kind} key: ${lost}` }
  }
  const claimName = volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])[0]
  const claim = claimName ? store.get('PersistentVolumeClaim', { namespace, name: claimName }) : undefined
  if (claimName && !claim) return { missing: `PersistentVolumeClaim "${claimName}" not found` }
  const needed = volumes.flatMap(neededBy)
  const fields = volumes.flatMap(
    ({ downwardAPI }) => downwardAPI?.items?.map(({ fieldRef }) => fieldRef?.fieldPath) ?? [],
  )
  const [, annotation] = /^metadata\.annotations\['(.*)'\]$/.exec(fields[0] ?? '') ?? []
  const request = annotation && pod.metadata.annotations?.[annotation]
  const system = needed.find(({ kind, name }) => kind === 'Secret' && name.endsWith('-system'))
  const config = needed.find(({ kind }) => kind === 'ConfigMap')
  const secret = system && store.get('Secret', { namespace, name: system.name })
  const files = config && store.get('ConfigMap', { namespace, name: config.name })
  return {
    volume: claim?.metadata.uid ?? `none-of-${pod.metadata.uid}`,
    secrets: secret ? plain(secret) : {},
    configuration: files?.data?.['my.cnf'] ?? '',
    ...(request ? { request } : {}),
  }
}

/** The environment of the first container, with references to fields and to other variables filled in. */
export const environment = (pod: Pod, ip: string): Readonly<Record<string, string>> => {
  const env: Record<string, string> = {}
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'status.podIP': ip,
  }
  for (const { name, value, valueFrom } of pod.spec?.containers[0]?.env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath
    const text = field ? (fields[field] ?? '') : (value ?? '')
    env[name] = text.replaceAll(/\$\(([A-Z_]+)\)/g, (whole, variable: string) => env[variable] ?? whole)
  }
  return env
}
