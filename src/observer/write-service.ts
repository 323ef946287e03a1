import { OperatorError } from '../domain/errors.ts'
import { type Move, withMove } from '../domain/moves.ts'
import {
  type ClusterRef,
  ERRANT_ANNOTATION,
  MOVES_ANNOTATION,
  objectNames,
  POD_NAME_LABEL,
  ROLE_LABEL,
  VIEW_ANNOTATION,
} from '../domain/names.ts'
import { roleLabels } from '../domain/routing.ts'
import type { GroupRow } from '../domain/snapshot.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import { readMoves } from '../kubernetes/moves.ts'
import type { Kubernetes } from '../kubernetes/port.ts'

/**
 * Points the write Service at one pod, in one compare-and-set: there is never a moment with two endpoints, and an
 * ex-leader that wakes up late loses. `move` is noted in the same patch, when the primary is another one than before.
 * False when someone else changed the Service since it was read.
 */
export const moveWrites = async (
  kubernetes: Kubernetes,
  service: Kinds['Service'],
  pod: string,
  viewId: string,
  move?: Move,
): Promise<boolean> => {
  const { namespace, name, resourceVersion } = service.metadata
  try {
    // A patch merges: labels that someone added to the selector have to be named to go.
    const others = Object.keys(service.spec?.selector ?? {}).map((label) => [label, null] as const)
    const moves = move && { [MOVES_ANNOTATION]: JSON.stringify(withMove(readMoves(service), move)) }
    const body = {
      metadata: { resourceVersion, annotations: { [VIEW_ANNOTATION]: viewId, ...moves } },
      spec: { selector: { ...Object.fromEntries(others), [POD_NAME_LABEL]: pod } },
    }
    return (await kubernetes.patch('Service', { namespace, name }, body)) !== undefined
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'Conflict') return false
    throw error
  }
}

/**
 * Brings the role labels of the pods to what the group says; they are for people and for the read Service. `errant`, by pod:
 * what its member holds and the group does not.
 */
export const labelRoles = async (
  kubernetes: Kubernetes,
  pods: readonly Kinds['Pod'][],
  rows: readonly GroupRow[],
  errant: ReadonlyMap<string, string>,
): Promise<void> => {
  const roles = roleLabels(rows)
  const wrong = pods.filter(
    ({ metadata: { name, labels, annotations } }) =>
      labels?.[ROLE_LABEL] !== roles.get(name) || annotations?.[ERRANT_ANNOTATION] !== errant.get(name),
  )
  const label = async ({ metadata: { namespace, name, uid } }: Kinds['Pod']): Promise<void> => {
    try {
      // With the uid in it, the label cannot land on a pod that replaced this one.
      const metadata = {
        uid,
        labels: { [ROLE_LABEL]: roles.get(name) ?? null },
        annotations: { [ERRANT_ANNOTATION]: errant.get(name) ?? null },
      }
      await kubernetes.patch('Pod', { namespace, name }, { metadata })
    } catch (error) {
      // It was replaced, which is news that is under way; routing must not wait for it.
      if (!(error instanceof OperatorError && error.code === 'Conflict')) throw error
    }
  }
  await Promise.all(wrong.map(label))
}

export const writeServiceKey = (ref: ClusterRef) => ({ namespace: ref.namespace, name: objectNames(ref.name).primary })
