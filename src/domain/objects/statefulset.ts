import type { V1StatefulSet } from '@kubernetes/client-node'
import { GROUP } from '../../../crds/group.ts'
import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import { digest } from '../digest.ts'
import { MADE_ANNOTATION, objectLabels, objectNames, ownerReference, selectorLabels } from '../names.ts'
import type { ClusterInput } from './cluster.ts'
import { configuration } from './configuration.ts'
import { podTemplate } from './pod.ts'

/** On the StatefulSet: a digest of each part of the spec that its pods were made from, as JSON. */
export const DECLARED_ANNOTATION = `${GROUP}/declared`

/** What the annotation of a StatefulSet says; nothing where there is none. */
export const declaredOf = (
  statefulSet: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } | undefined,
): Readonly<Record<string, string>> => JSON.parse(statefulSet?.metadata.annotations?.[DECLARED_ANNOTATION] ?? '{}')

/**
 * The parts of a spec that a pod is made from, by digest. They are compared, and not the rendered template:
 * a new version of the operator that renders it otherwise must not change any pod by itself.
 */
export const declaredParts = (spec: MySQLClusterSpec): Readonly<Record<string, string>> => ({
  size: digest(spec.size),
  image: digest(spec.image),
  resources: digest(spec.resources),
  config: digest(spec.config ?? {}),
  pod: digest(spec.pod),
  'storage.size': digest(spec.storage.size),
  'storage.storageClassName': digest(spec.storage.storageClassName ?? ''),
})

/** The fields under `spec` that differ from those the StatefulSet was made from. */
export const changedParts = (spec: MySQLClusterSpec, declared: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(declaredParts(spec))
    .filter(([field, value]) => declared[field] !== undefined && declared[field] !== value)
    .map(([field]) => `spec.${field}`)

const MADE_FROM = ['image', 'resources', 'config', 'pod'] as const

/** True for a field under `spec` that members are made from, so that they are renewed one by one when it changes. */
export const isMadeFrom = (field: string): boolean => MADE_FROM.some((part) => field === `spec.${part}`)

/** What a pod is made from, as a digest; undefined where the StatefulSet does not say. */
export const madeFrom = (declared: Readonly<Record<string, string>>): string | undefined =>
  MADE_FROM.every((part) => declared[part] !== undefined) ? digest(MADE_FROM.map((part) => declared[part])) : undefined

const LARGEST = 9

/** The size that a StatefulSet was made for, whatever someone has scaled it to since. */
export const declaredSize = (declared: Readonly<Record<string, string>>): number | undefined =>
  Array.from({ length: LARGEST }, (_, index) => index + 1).find((size) => digest(size) === declared['size'])

/**
 * The StatefulSet of the members. Its controller never replaces a pod by itself (OnDelete), starts all at once (Parallel)
 * and never removes a volume: volumes go by `storage.onDelete`, in the finalizer, and by nothing else.
 */
export const statefulSet = (input: ClusterInput): V1StatefulSet => {
  const { ref, spec } = input
  const names = objectNames(ref.name)
  const config = configuration(input)
  const { storage } = spec
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: names.statefulSet,
      namespace: ref.namespace,
      labels: objectLabels(ref.name),
      annotations: { [DECLARED_ANNOTATION]: JSON.stringify(declaredParts(spec)) },
      ownerReferences: [ownerReference(ref)],
    },
    spec: {
      serviceName: names.headless,
      replicas: spec.size,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: { matchLabels: selectorLabels(ref.name) },
      template: podTemplate(input, config.metadata.name, { [MADE_ANNOTATION]: madeFrom(declaredParts(spec)) ?? '' }),
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data', labels: objectLabels(ref.name) },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storage.storageClassName ? { storageClassName: storage.storageClassName } : {}),
            resources: { requests: { storage: storage.size } },
          },
        },
      ],
    },
  }
}
