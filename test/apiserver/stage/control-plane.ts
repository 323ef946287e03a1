import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { ensureBinaries } from '../../../deploy/local/binaries.ts'
import { createAuthority, issueCertificate } from '../../../src/pki/certificates.ts'

/** An etcd and a kube-apiserver of their own: in a temporary directory, on free ports of 127.0.0.1. */
export interface ControlPlane {
  readonly server: string
  readonly authority: string
  /** Of someone who may do everything, and of someone who may do nothing. */
  readonly token: string
  readonly strangerToken: string
  readonly etcd: string
  /** Ends the API server and starts it again on the same port, as an upgrade or a crash does. */
  restartApiServer(meanwhile?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const START_MS = 60_000
const HOST = '127.0.0.1'

const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, HOST)
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

const start = (program: string, args: readonly string[], log: string): ChildProcess => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const file = createWriteStream(log, { flags: 'a' })
  child.stdout?.pipe(file, { end: false })
  child.stderr?.pipe(file, { end: false })
  return child
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

const answering = async (child: ChildProcess, url: string, log: string, agent: Agent, token: string): Promise<void> => {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(url, { dispatcher: agent, headers: { authorization: `Bearer ${token}` } }).catch(
      () => null,
    )
    await response?.text()
    if (response?.ok) return
    await sleep(50)
  }
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n')
  throw new Error(`${url} did not answer; the last lines of its log:\n${lines}`)
}

const writeCredentials = async (directory: string, token: string, strangerToken: string): Promise<string> => {
  const authority = await createAuthority('test', 1)
  const serving = await issueCertificate(authority, { commonName: 'kube-apiserver', ipAddresses: [HOST], days: 1 })
  const accounts = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const files: Readonly<Record<string, string>> = {
    'serving.crt': serving.certificate,
    'serving.key': serving.privateKey,
    'accounts.key': accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'accounts.pub': accounts.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'tokens.csv': `${token},admin,admin,system:masters\n${strangerToken},stranger,stranger\n`,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 })
  return authority.certificate
}

const apiServerArguments = (file: (name: string) => string, etcd: string, port: number): readonly string[] => [
  `--etcd-servers=${etcd}`,
  `--bind-address=${HOST}`,
  `--advertise-address=${HOST}`,
  `--secure-port=${port}`,
  `--cert-dir=${file('')}`,
  `--tls-cert-file=${file('serving.crt')}`,
  `--tls-private-key-file=${file('serving.key')}`,
  `--token-auth-file=${file('tokens.csv')}`,
  '--service-account-issuer=https://test',
  `--service-account-key-file=${file('accounts.pub')}`,
  `--service-account-signing-key-file=${file('accounts.key')}`,
  '--service-cluster-ip-range=10.0.0.0/24',
  '--authorization-mode=RBAC',
  '--disable-admission-plugins=ServiceAccount',
  '--allow-privileged=true',
  '--watch-cache=true',
]

/** Starts both, the API server with further options if need be. The binaries are those of the local cluster, which itself is not touched. */
export const startControlPlane = async (apiServerOptions: readonly string[] = []): Promise<ControlPlane> => {
  const binaries = await ensureBinaries('kubernetes')
  const directory = await mkdtemp(join(tmpdir(), 'mysql-operator-test-'))
  const file = (name: string): string => join(directory, name)
  const [token, strangerToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  await mkdir(file('etcd'))
  const authority = await writeCredentials(directory, token, strangerToken)
  const [clients, peers, secure] = await freePorts(3)
  const etcdUrl = `http://${HOST}:${clients}`
  const peerUrl = `http://${HOST}:${peers}`
  const agent = new Agent({ connect: { ca: authority } })

  const etcd = start(
    join(binaries, 'etcd'),
    [
      `--data-dir=${file('etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    file('etcd.log'),
  )
  const server = `https://${HOST}:${secure}`
  const startApiServer = () =>
    start(
      join(binaries, 'kube-apiserver'),
      [...apiServerArguments(file, etcdUrl, Number(secure)), ...apiServerOptions],
      file('apiserver.log'),
    )
  let apiServer: ChildProcess | undefined
  const ready = (child: ChildProcess) => answering(child, `${server}/readyz`, file('apiserver.log'), agent, token)

  const stop = async (): Promise<void> => {
    // It keeps no state, and open watches would hold it for a minute.
    if (apiServer) await end(apiServer, 'SIGKILL')
    await end(etcd, 'SIGTERM')
    await agent.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await answering(etcd, `${etcdUrl}/health`, file('etcd.log'), agent, token)
    apiServer = startApiServer()
    await ready(apiServer)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    server,
    authority,
    token,
    strangerToken,
    etcd: etcdUrl,
    async restartApiServer(meanwhile) {
      if (apiServer) await end(apiServer, 'SIGKILL')
      await meanwhile?.()
      apiServer = startApiServer()
      await ready(apiServer)
    },
    stop,
  }
}
