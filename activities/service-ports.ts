import type { V1Service } from '@kubernetes/client-node'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'

const numbers = (spec: V1Service['spec']): readonly string[] =>
  (spec?.ports ?? []).map(({ port, protocol = 'TCP' }) => `${protocol} ${port}`)

/**
 * Puts the ports of a Service back when someone gave one of them another number. Server-side apply knows a port by its
 * number: it would add ours beside theirs, and the API server refuses two of one name. Resolves with what is there then.
 */
export const putBackPorts = async (
  kubernetes: Kubernetes,
  declared: V1Service,
  found: Kinds['Service'] | undefined,
): Promise<Kinds['Service'] | undefined> => {
  const there = numbers(found?.spec as V1Service['spec'])
  if (!found || numbers(declared.spec).every((number) => there.includes(number))) return found
  const { namespace, name, resourceVersion } = found.metadata
  const body = { metadata: { resourceVersion }, spec: { ports: declared.spec?.ports } }
  return kubernetes.patch('Service', { namespace, name }, body)
}
