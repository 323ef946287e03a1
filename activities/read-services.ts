import type { V1Service } from '@kubernetes/client-node'
import { type ClusterRef, objectNames, selectorLabels } from '../src/domain/names.ts'
import { isOlderSelector } from '../src/domain/objects/services.ts'
import { areReadersKnown } from '../src/domain/reads.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../src/kubernetes/port.ts'
import { readPod } from '../src/kubernetes/views.ts'

interface Found {
  readonly kind: string
  readonly name: string
  readonly object: Applicable
  readonly live: unknown
}

/**
 * Read Services that an older operator made go on selecting what it had them select until the observer has labelled everybody
 * whom they lead to: no reader finds them empty. The others are returned as they are.
 */
export const keepReaders = async <F extends Found>(
  kubernetes: Kubernetes,
  { namespace, name }: ClusterRef,
  found: readonly F[],
): Promise<readonly F[]> => {
  const { replicas, any } = objectNames(name)
  const names: readonly string[] = [replicas, any]
  const selectorOf = ({ live }: F) => (live as Kinds['Service'] | undefined)?.spec?.selector
  const isOlder = (one: F): boolean =>
    one.kind === 'Service' && names.includes(one.name) && isOlderSelector(name, selectorOf(one))
  if (!found.some(isOlder)) return found
  const pods = await kubernetes.list('Pod', namespace, selectorLabels(name))
  if (areReadersKnown(pods.map(readPod))) return found
  return found.map((one) => {
    if (!isOlder(one)) return one
    const service = one.object as V1Service
    return { ...one, object: { ...service, spec: { ...service.spec, selector: { ...selectorOf(one) } } } }
  })
}
