import * as z from 'zod'
import { API_VERSION, GROUP } from '../crds/group.ts'
import { MySQLOperationSpecSchema, OPERATION_KIND } from '../crds/mysqloperation.ts'
import { diagnose } from '../src/domain/diagnose.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, ownerReference, REFUSED_ANNOTATION } from '../src/domain/names.ts'
import { refusalOf } from '../src/domain/operations.ts'
import type { Request } from '../src/domain/request.ts'
import { gather } from './gather.ts'
import type { Ports } from './ports.ts'

/** What stands in a MySQLOperation whose request could not be understood: it is refused, whatever it says. */
const PLACEHOLDER = { switchover: {}, failover: {}, rebuild: { member: 'unknown' } } as const

const specOf = (ref: ClusterRef, { kind, input }: Request) =>
  MySQLOperationSpecSchema.safeParse({ clusterName: ref.name, [kind]: input })

/** Why a request cannot be carried out as things are; undefined when it can. */
const judge = async (ports: Ports, ref: ClusterRef, { kind, input }: Request): Promise<string | undefined> => {
  const snapshot = await gather(ports, ref)
  if (!snapshot || snapshot.deleting) return 'the cluster is being deleted'
  const pod = z.object({ target: z.string().optional(), member: z.string().optional() }).parse(input)
  const named = pod.target ?? pod.member
  return refusalOf(snapshot, diagnose(snapshot, ref.name), { request: kind, ...(named ? { pod: named } : {}) })
}

/**
 * Makes a MySQLOperation of a request. One that cannot be served is refused at once with the reason (RequestRefused), or
 * becomes an object that has failed with that reason. May run twice: the object of a request has one name.
 */
export const ask = async (
  ports: Ports,
  ref: ClusterRef,
  request: Request,
  otherwise: 'OrRefuse' | 'OrFail',
): Promise<void> => {
  const parsed = specOf(ref, request)
  const fault = parsed.success
    ? undefined
    : `the input of ${request.kind} is not understood: ${parsed.error.issues.map((issue) => `${issue.path.slice(1).join('.') || 'it'}: ${issue.message}`).join('; ')}`
  if (otherwise === 'OrRefuse') {
    const why = fault ?? (await judge(ports, ref, request))
    if (why) throw new OperatorError('RequestRefused', why)
  }
  const object = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: {
      name: request.name,
      namespace: ref.namespace,
      labels: { [`${GROUP}/requested-by`]: 'workflow' },
      ...(fault ? { annotations: { [REFUSED_ANNOTATION]: fault } } : {}),
      ownerReferences: [ownerReference(ref)],
    },
    spec: parsed.success ? parsed.data : { clusterName: ref.name, [request.kind]: PLACEHOLDER[request.kind] },
  }
  await ports.kubernetes.create(object)
}
