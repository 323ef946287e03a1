import { OperatorError } from '../domain/errors.ts'
import { ERRANT_ANNOTATION, READS_LABEL, ROLE_LABEL, SERVES_LABEL } from '../domain/names.ts'
import { type Readable, readersOf, readLabels } from '../domain/reads.ts'
import { roleLabels } from '../domain/routing.ts'
import type { GroupRow } from '../domain/snapshot.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { Kubernetes } from '../kubernetes/port.ts'
import { readPod } from '../kubernetes/views.ts'

type Pod = Kinds['Pod']

export interface LabelEvidence {
  readonly rows: readonly GroupRow[]
  /** By pod: what its member holds and the group does not. */
  readonly errant: ReadonlyMap<string, string>
  /** Sessions of clients are being ended on it. */
  readonly isLeaving: (pod: string) => boolean
}

/** No role is shown of an old primary while sessions on it are being ended, if there is another replica; nor of who is kept apart. */
const shown = ({ rows, errant, isLeaving }: LabelEvidence): readonly GroupRow[] => {
  const staying = rows.filter(({ pod }) => !isLeaving(pod))
  const others = staying.some(({ role, state }) => role === 'SECONDARY' && state === 'ONLINE') ? staying : rows
  return others.filter(({ pod, role }) => role === 'PRIMARY' || !errant.has(pod))
}

const marksOf = (role: string | undefined, errant: string | undefined, readable: Readable | undefined) => ({
  labels: { [ROLE_LABEL]: role ?? null, ...(readable ? readLabels(readable) : {}) },
  annotations: { [ERRANT_ANNOTATION]: errant ?? null },
})

const isMarked = ({ metadata }: Pod, { labels, annotations }: ReturnType<typeof marksOf>): boolean =>
  Object.entries(labels).every(([key, value]) => (metadata.labels?.[key] ?? null) === value) &&
  Object.entries(annotations).every(([key, value]) => (metadata.annotations?.[key] ?? null) === value)

/** It is given readers that it does not have. */
const gains = ({ metadata: { labels } }: Pod, readable: Readable | undefined): boolean =>
  readable !== undefined &&
  ((readable.reads && labels?.[READS_LABEL] === undefined) || (readable.serves && labels?.[SERVES_LABEL] === undefined))

/**
 * Brings the labels of the pods to what the group says: their role, for people, and who is read, for the read Services. Those
 * that readers are led to come first, so that no Service is left without one in between; one of them that has vanished holds up the
 * others only where nobody else is read.
 */
export const labelPods = async (
  kubernetes: Kubernetes,
  pods: readonly Pod[],
  evidence: LabelEvidence,
): Promise<void> => {
  const { rows, errant, isLeaving } = evidence
  const roles = roleLabels(shown(evidence))
  const readers = readersOf({ rows, pods: pods.map(readPod), isErrant: (pod) => errant.has(pod), isLeaving })
  const marks = ({ metadata: { name } }: Pod) => marksOf(roles.get(name), errant.get(name), readers.get(name))
  const wrong = pods.filter((pod) => !isMarked(pod, marks(pod)))
  const label = async (pod: Pod): Promise<boolean> => {
    const { namespace, name, uid } = pod.metadata
    try {
      // With the uid in it, the label cannot land on a pod that replaced this one.
      return (await kubernetes.patch('Pod', { namespace, name }, { metadata: { uid, ...marks(pod) } })) !== undefined
    } catch (error) {
      // It was replaced, which is news that is under way; routing must not wait for it.
      if (error instanceof OperatorError && error.code === 'Conflict') return false
      throw error
    }
  }
  const isFirst = (pod: Pod): boolean => gains(pod, readers.get(pod.metadata.name))
  const done = await Promise.all(wrong.filter(isFirst).map(label))
  const isKept = (pod: Pod): boolean => {
    const { name, ready, labels } = readPod(pod)
    const { reads, serves } = readers.get(name) ?? {}
    return Boolean(ready && reads && serves && labels[READS_LABEL] && labels[SERVES_LABEL])
  }
  if (done.every(Boolean) || pods.some(isKept)) await Promise.all(wrong.filter((pod) => !isFirst(pod)).map(label))
}
