import { parseQuantity } from '../../../src/domain/quantity.ts'
import { part, type Tree } from './json.ts'

/** A rule in CEL of a CRD, known by its message, as the simulated API server keeps it. */
export interface Rule {
  readonly message: RegExp
  /** The field at which the rule stands. */
  readonly at: string
  readonly holds: (object: Tree, before: Tree | undefined) => boolean
}

const GIB = 2 ** 30
const MIB = 2 ** 20
const storage = (cluster: Tree): Tree => part(cluster, 'spec', 'storage')
const size = (cluster: Tree): number => parseQuantity(String(storage(cluster)['size']))
const made = (cluster: Tree): number => parseQuantity(String(part(cluster, 'status', 'storage')['size']))
/** Its group has formed: the same as `hasFormed` of the product. */
const hasGroup = (cluster: Tree | undefined): cluster is Tree => {
  const group = part(part(cluster, 'status'), 'group')
  return group['incarnation'] !== undefined || Number(group['bootstraps'] ?? 0) > 1
}
const limits = (cluster: Tree): Tree => part(cluster, 'spec', 'resources', 'limits')

/** Of an amount that is no quantity another rule speaks: NaN is neither too much nor too little. */
const amount = (value: unknown): number => parseQuantity(String(value))

export const CLUSTER_RULES: readonly Rule[] = [
  {
    message: /^metadata\.name must be at most 40 characters/,
    at: '<nil>',
    holds: (cluster) => /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(String(part(cluster, 'metadata')['name'])),
  },
  {
    message: /^spec\.storage\.storageClassName cannot be changed once/,
    at: '<nil>',
    holds: (cluster, before) =>
      !hasGroup(before) || storage(cluster)['storageClassName'] === storage(before)['storageClassName'],
  },
  {
    message: /^spec\.storage\.size cannot shrink once/,
    at: '<nil>',
    holds: (cluster, before) => !hasGroup(before) || !(size(cluster) < size(before)) || size(cluster) >= made(before),
  },
  { message: /^must be at least 1Gi/, at: 'spec.storage.size', holds: (cluster) => !(size(cluster) < GIB) },
  {
    message: /^limits\.memory must be at least 512Mi/,
    at: 'spec.resources',
    holds: (cluster) => !('memory' in limits(cluster)) || !(amount(limits(cluster)['memory']) < 512 * MIB),
  },
  {
    message: /^requests must not be greater than limits/,
    at: 'spec.resources',
    holds: (cluster) =>
      Object.entries(part(cluster, 'spec', 'resources', 'requests')).every(
        ([name, value]) => !(name in limits(cluster)) || !(amount(value) > amount(limits(cluster)[name])),
      ),
  },
]

/** Messages of rules that the schemas in zod keep as well. */
export const KEPT_BY_ZOD: readonly RegExp[] = [/^must be a quantity/, /^must be a number with one of the units/]

/** The rules that an object breaks, as the API server would tell them. */
export const broken = (rules: readonly Rule[], object: Tree, before: Tree | undefined): readonly string[] =>
  rules
    .filter(({ holds }) => !holds(object, before))
    .map(({ at, message }) => `${at}: Invalid value: ${message.source.replaceAll(/[\^\\]/g, '')}`)
