import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  createAuthority,
  expiresAt,
  issueCertificate,
  type KeyPair,
  type LeafRequest,
} from '../../src/pki/certificates.ts'
import { API_SERVER, API_SERVICE_ADDRESS, CLUSTER_DOMAIN, NODE_ADDRESS, NODE_NAME, paths } from './settings.ts'

const AUTHORITY_DAYS = 3650
const LEAF_DAYS = 730
const RENEW_BEFORE_MS = 60 * 24 * 60 * 60 * 1000

type Leaf = Omit<LeafRequest, 'days'>

const servers: Readonly<Record<string, Leaf>> = {
  apiserver: {
    commonName: 'kube-apiserver',
    dnsNames: [
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
      'localhost',
    ],
    ipAddresses: [NODE_ADDRESS, API_SERVICE_ADDRESS, '127.0.0.1'],
  },
  'kubelet-serving': { commonName: `system:node:${NODE_NAME}`, dnsNames: [NODE_NAME], ipAddresses: [NODE_ADDRESS] },
  // The API server is not in system:masters: what it may do on the kubelet is granted by a role.
  'apiserver-kubelet': { commonName: 'kube-apiserver-kubelet' },
}

/** Who has a certificate of this authority may do anything with etcd, so it is one of its own. */
const etcdMember: Leaf = { commonName: 'etcd', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }

/** Every one of them also gets a kubeconfig. */
const clients: Readonly<Record<string, Leaf>> = {
  admin: { commonName: 'admin', organization: 'system:masters' },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  proxy: { commonName: 'system:kube-proxy' },
  kubelet: { commonName: `system:node:${NODE_NAME}`, organization: 'system:nodes' },
  coredns: { commonName: 'local:coredns' },
  storage: { commonName: 'local:storage' },
}

/** The file of a certificate, key or public key by its name, such as `ca.crt`. */
export const pkiFile = (file: string): string => join(paths.pki, file)
/** The kubeconfig file of one of the cluster's own clients. */
export const kubeconfigFile = (client: string): string => join(paths.kubeconfigs, client)

/** Writes a file so that a crash leaves either the old or the new content, readable by root only. */
export const writeSecret = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}

const load = async (name: string): Promise<KeyPair | undefined> => {
  if (!existsSync(pkiFile(`${name}.crt`)) || !existsSync(pkiFile(`${name}.key`))) return undefined
  const certificate = await readFile(pkiFile(`${name}.crt`), 'utf8')
  if (expiresAt(certificate) - Date.now() < RENEW_BEFORE_MS) return undefined
  return { certificate, privateKey: await readFile(pkiFile(`${name}.key`), 'utf8') }
}

const store = async (name: string, pair: KeyPair): Promise<KeyPair> => {
  await writeSecret(pkiFile(`${name}.key`), pair.privateKey)
  // The certificate comes last: it is what says that the pair is complete.
  await writeSecret(pkiFile(`${name}.crt`), pair.certificate)
  return pair
}

const kubeconfig = (user: string, authority: string, client: KeyPair): string => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const cluster = { server: API_SERVER, 'certificate-authority-data': base64(authority) }
  const credentials = {
    'client-certificate-data': base64(client.certificate),
    'client-key-data': base64(client.privateKey),
  }
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'local', cluster }],
      users: [{ name: user, user: credentials }],
      contexts: [{ name: 'local', context: { cluster: 'local', user } }],
      'current-context': 'local',
    },
    null,
    2,
  )
}

const ensureAuthority = async (name: string): Promise<(leaf: string, request: Leaf) => Promise<KeyPair>> => {
  const known = await load(name)
  const authority = known ?? (await store(name, await createAuthority(`local ${name}`, AUTHORITY_DAYS)))
  return async (leaf, request) =>
    (known && (await load(leaf))) || store(leaf, await issueCertificate(authority, { ...request, days: LEAF_DAYS }))
}

const ensureServiceAccountKeys = async (): Promise<void> => {
  if (existsSync(pkiFile('service-accounts.pub'))) return
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeSecret(pkiFile('service-accounts.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  await writeSecret(pkiFile('service-accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }).toString())
}

/** Makes what is missing or about to expire of the cluster's authorities, certificates, keys and kubeconfigs. */
export const ensureCertificates = async (): Promise<void> => {
  const issueForEtcd = await ensureAuthority('etcd-ca')
  await issueForEtcd('etcd', etcdMember)
  const issue = await ensureAuthority('ca')
  const authority = await readFile(pkiFile('ca.crt'), 'utf8')
  for (const [name, request] of Object.entries(servers)) await issue(name, request)
  for (const [name, request] of Object.entries(clients))
    await writeSecret(kubeconfigFile(name), kubeconfig(name, authority, await issue(`client-${name}`, request)))
  await ensureServiceAccountKeys()
}
