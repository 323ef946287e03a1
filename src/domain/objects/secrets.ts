import type { V1Secret } from '@kubernetes/client-node'
import { objectLabels, objectNames, PORTS, SECRET_FINALIZER, serviceHost } from '../names.ts'
import { SYSTEM_ACCOUNTS } from './accounts.ts'
import type { ClusterInput } from './cluster.ts'

/** Keys that each Secret must have, none of them empty. */
export const SECRET_KEYS = {
  system: SYSTEM_ACCOUNTS,
  app: ['username', 'password', 'host', 'port', 'database', 'uri', 'jdbc-uri'],
  tls: ['ca.crt', 'tls.crt', 'tls.key'],
} as const

/** Secrets have no owner: with `storage.onDelete: Retain` they must outlive their MySQLCluster, beside its volumes. */
const secret = ({ ref }: ClusterInput, name: string, type: string, stringData: Record<string, string>): V1Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: ref.namespace, labels: objectLabels(ref.name), finalizers: [SECRET_FINALIZER] },
  type,
  stringData,
})

/** The operator's own accounts. `password` makes a new password (letters and digits) each time. */
export const systemSecret = (input: ClusterInput, password: () => string): V1Secret =>
  secret(
    input,
    objectNames(input.ref.name).system,
    'Opaque',
    Object.fromEntries(SYSTEM_ACCOUNTS.map((account) => [account, password()])),
  )

/** The ready-to-use account of an application. */
export const appSecret = (input: ClusterInput, password: () => string): V1Secret => {
  const { ref, domain } = input
  const names = objectNames(ref.name)
  const host = serviceHost(ref.namespace, names.primary, domain)
  const login = { username: 'app', password: password(), host, port: `${PORTS.mysql}`, database: 'app' }
  return secret(input, names.app, 'Opaque', {
    ...login,
    uri: `mysql://${login.username}:${login.password}@${host}:${login.port}/${login.database}`,
    'jdbc-uri': `jdbc:mysql://${host}:${login.port}/${login.database}?user=${login.username}&password=${login.password}`,
  })
}

/** The names that the certificate of a cluster must cover: every member, every Service, and the pod itself. */
export const certificateNames = ({ ref, domain }: ClusterInput): string[] => {
  const names = objectNames(ref.name)
  const forms = (service: string): string[] => [
    service,
    `${service}.${ref.namespace}`,
    `${service}.${ref.namespace}.svc`,
    serviceHost(ref.namespace, service, domain),
  ]
  return [
    `*.${serviceHost(ref.namespace, names.headless, domain)}`,
    ...[names.headless, names.primary, names.replicas, names.any].flatMap(forms),
    'localhost',
  ]
}

export const tlsSecret = (
  input: ClusterInput,
  pair: { authority: { certificate: string; privateKey: string }; server: { certificate: string; privateKey: string } },
): V1Secret =>
  secret(input, objectNames(input.ref.name).tls, 'kubernetes.io/tls', {
    'ca.crt': pair.authority.certificate,
    'ca.key': pair.authority.privateKey,
    'tls.crt': pair.server.certificate,
    'tls.key': pair.server.privateKey,
  })
