import { BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation.ts'
import { digest } from '../domain/digest.ts'
import { POD_NAME_LABEL } from '../domain/names.ts'
import type { Kind, Kinds } from '../kubernetes/kinds.ts'
import { podView } from '../kubernetes/views.ts'

/** Fields of a Service that others fill in or own: the API server, and the observer its selector. */
const serviceSpec = (spec: Kinds['Service']['spec']): unknown => {
  const { clusterIP: _, clusterIPs: __, selector, ...rest } = spec ?? {}
  return selector && POD_NAME_LABEL in selector ? rest : { ...rest, selector }
}

/**
 * What of an object a workflow must hear about: two objects with the same digest are the same to it. Status that only
 * counts, resourceVersions and what the operator itself keeps writing are left out.
 */
export const relevance = <K extends Kind>(kind: K, object: Kinds[K]): string => {
  const { uid, generation, deletionTimestamp, labels, ownerReferences } = object.metadata
  const identity = { uid, deleting: deletionTimestamp !== undefined }
  switch (kind) {
    case KIND:
    case OPERATION_KIND:
    case BACKUP_KIND:
      return digest({ ...identity, generation })
    case 'Pod': {
      const { ready: _, nodeName: __, ...view } = podView(object as Kinds['Pod'])
      return digest(view)
    }
    case 'Service':
      return digest({ ...identity, labels, ownerReferences, spec: serviceSpec((object as Kinds['Service']).spec) })
    case 'ConfigMap':
      return digest({ ...identity, labels, ownerReferences })
    default:
      return digest({ ...identity, generation, labels, ownerReferences })
  }
}
