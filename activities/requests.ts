import * as z from 'zod'
import { API_VERSION, GROUP } from '../crds/group.ts'
import { BACKUP_KIND } from '../crds/mysqlbackup.ts'
import { MySQLOperationSpecSchema, OPERATION_KIND, type RequestKind } from '../crds/mysqloperation.ts'
import { diagnose } from '../src/domain/diagnose.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, ownerReference, REFUSED_ANNOTATION } from '../src/domain/names.ts'
import { refusalOf } from '../src/domain/operations.ts'
import type { Request } from '../src/domain/request.ts'
import type { Applicable } from '../src/kubernetes/port.ts'
import { endBackup, judgeBackup } from './backup.ts'
import { gather } from './gather.ts'
import type { Ports } from './ports.ts'

/** What stands in a MySQLOperation whose request could not be understood: it is refused, whatever it says. */
const PLACEHOLDER = { switchover: {}, failover: {}, rebuild: { member: 'unknown' } } as const

/** A request that becomes a MySQLOperation. */
type Operation = Request & { readonly kind: RequestKind }

const specOf = (ref: ClusterRef, { kind, input }: Operation) =>
  MySQLOperationSpecSchema.safeParse({ clusterName: ref.name, [kind]: input })

const faultsOf = (kind: string, issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  `the input of ${kind} is not understood: ${issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`).join('; ')}`

/** Why a request cannot be carried out as things are; undefined when it can. */
const judge = async (ports: Ports, ref: ClusterRef, { kind, input }: Operation): Promise<string | undefined> => {
  const snapshot = await gather(ports, ref)
  if (!snapshot || snapshot.deleting) return 'the cluster is being deleted'
  const pod = z.object({ target: z.string().optional(), member: z.string().optional() }).parse(input)
  const named = pod.target ?? pod.member
  return refusalOf(snapshot, diagnose(snapshot, ref.name), { request: kind, ...(named ? { pod: named } : {}) })
}

const BackupInputSchema = z.strictObject({ store: z.string().min(1).max(63).optional() })

const requested = (ref: ClusterRef, name: string) => ({
  name,
  namespace: ref.namespace,
  labels: { [`${GROUP}/requested-by`]: 'workflow' },
})

/** Makes a MySQLBackup of a request; it has no owner, as a backup must outlive its cluster. */
const askBackup = async (ports: Ports, ref: ClusterRef, { name, kind, input }: Request, otherwise: Otherwise) => {
  const parsed = BackupInputSchema.safeParse(input)
  const fault = parsed.success ? undefined : faultsOf(kind, parsed.error.issues)
  if (fault && otherwise === 'OrRefuse') throw new OperatorError('RequestRefused', fault)
  const { store } = parsed.data ?? {}
  if (otherwise === 'OrRefuse') await judgeBackup(ports, ref, store)
  const spec = { clusterName: ref.name, ...(store ? { store } : {}) }
  await ports.kubernetes.create({
    apiVersion: API_VERSION,
    kind: BACKUP_KIND,
    metadata: requested(ref, name),
    spec,
  } as Applicable)
  if (!fault) return
  const made = await ports.kubernetes.get(BACKUP_KIND, { namespace: ref.namespace, name })
  const outcome = { kind: 'Failed', message: `Refused: ${fault}.`, again: false } as const
  if (made) await endBackup(ports, ref, { name, uid: made.metadata.uid }, outcome)
}

type Otherwise = 'OrRefuse' | 'OrFail'

/**
 * Makes an object of a request. One that cannot be served is refused at once with the reason (RequestRefused), or
 * becomes an object that has failed with that reason. May run twice: the object of a request has one name.
 */
export const ask = (ports: Ports, ref: ClusterRef, request: Request, otherwise: Otherwise): Promise<void> =>
  request.kind === 'backup'
    ? askBackup(ports, ref, request, otherwise)
    : askOperation(ports, ref, { ...request, kind: request.kind }, otherwise)

const askOperation = async (ports: Ports, ref: ClusterRef, request: Operation, otherwise: Otherwise): Promise<void> => {
  const parsed = specOf(ref, request)
  const fault = parsed.success
    ? undefined
    : faultsOf(
        request.kind,
        parsed.error.issues.map(({ path, message }) => ({ path: path.slice(1), message })),
      )
  if (otherwise === 'OrRefuse') {
    const why = fault ?? (await judge(ports, ref, request))
    if (why) throw new OperatorError('RequestRefused', why)
  }
  await ports.kubernetes.create({
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: {
      ...requested(ref, request.name),
      ...(fault ? { annotations: { [REFUSED_ANNOTATION]: fault } } : {}),
      ownerReferences: [ownerReference(ref)],
    },
    spec: parsed.success ? parsed.data : { clusterName: ref.name, [request.kind]: PLACEHOLDER[request.kind] },
  } as Applicable)
}
