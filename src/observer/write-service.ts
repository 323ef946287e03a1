import { OperatorError } from '../domain/errors.ts'
import { type Move, withMove } from '../domain/moves.ts'
import { type ClusterRef, MOVES_ANNOTATION, objectNames, POD_NAME_LABEL, VIEW_ANNOTATION } from '../domain/names.ts'
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

export const writeServiceKey = (ref: ClusterRef) => ({ namespace: ref.namespace, name: objectNames(ref.name).primary })
