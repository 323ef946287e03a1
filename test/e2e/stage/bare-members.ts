import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { MySQLClusterSpecSchema } from '../../../crds/mysqlcluster-spec.ts'
import type { ArchiveAccess } from '../../../src/binlog/member.ts'
import { sleep, systemClock } from '../../../src/clock.ts'
import { memberHost, PORTS } from '../../../src/domain/names.ts'
import type { ClusterInput } from '../../../src/domain/objects/cluster.ts'
import { configuration } from '../../../src/domain/objects/configuration.ts'
import { appSecret, certificateNames, systemSecret, tlsSecret } from '../../../src/domain/objects/secrets.ts'
import { services } from '../../../src/domain/objects/services.ts'
import { statefulSet } from '../../../src/domain/objects/statefulset.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { connectAdmin } from '../../../src/mysql/connection.ts'
import { createMySQL } from '../../../src/mysql/mysql.ts'
import type { MemberAddress } from '../../../src/mysql/port.ts'
import { realCredentials } from '../../../src/pki/credentials.ts'
import type { Bench } from '../../support/mysql-bench.ts'
import { kubectl, kubernetes } from './cluster.ts'
import { eventually } from './mysqlcluster.ts'

const run = promisify(execFile)
const REF = { namespace: 'e2e-mysql', name: 'trio', uid: '5f0f3a64-7d1c-4a53-9a0b-3c8f2d6e9b17' } as const
const DOMAIN = 'cluster.local'
const MEMBERS = [0, 1, 2] as const
const STATEMENT_MS = 60_000
const WRITE_MS = 5_000

const password = realCredentials.password()
const passwords = { operator: '', replication: '', archive: '', app: '' }
const addresses = new Map<number, MemberAddress>()
let authority = ''

const podName = (member: number): string => `${REF.name}-${member}`
const hostOf = (member: number): string => memberHost(REF, podName(member), DOMAIN)
const addressOf = (member: number): MemberAddress =>
  addresses.get(member) ?? { pod: podName(member), host: hostOf(member), ip: '' }

/** Objects of a cluster that no MySQLCluster declares: without an owner and finalizers, so that they go with their namespace, and not before. */
const makeObjects = async (): Promise<void> => {
  const input: ClusterInput = {
    ref: REF,
    spec: MySQLClusterSpecSchema.parse({ size: MEMBERS.length, image: 'mysql:9.7' }),
    domain: DOMAIN,
  }
  const pair = await realCredentials.certificates(`authority of ${REF.name}`, REF.name, certificateNames(input))
  const system = systemSecret(input, realCredentials.password)
  Object.assign(passwords, system.stringData, { app: password })
  authority = pair.authority.certificate
  const secrets = [system, appSecret(input, () => password), tlsSecret(input, pair)]
  for (const object of [...secrets, configuration(input), ...services(input), statefulSet(input)]) {
    delete object.metadata?.ownerReferences
    delete object.metadata?.finalizers
    await kubernetes.create(object as Parameters<typeof kubernetes.create>[0])
  }
}

/** Waits until a pod other than `before` has an address. */
const locate = async (member: number, before?: string): Promise<Kinds['Pod']> => {
  const key = { namespace: REF.namespace, name: podName(member) }
  const pod = await eventually(`${key.name} with an address`, 180, async () => {
    const found = await kubernetes.get('Pod', key)
    return found?.status?.podIP && found.metadata.uid !== before ? found : undefined
  })
  addresses.set(member, { pod: podName(member), host: hostOf(member), ip: pod.status?.podIP ?? '' })
  return pod
}

/** The processes of mysqld of a member on this machine: its own container could neither signal its process 1 nor change its network. */
const processes = (member: number): readonly number[] => {
  const text = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      return ''
    }
  }
  const pids = readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      text(pid, 'comm').trim() === 'mysqld' &&
      text(pid, 'environ').includes(`MEMBER_HOST=${hostOf(member)}\0`),
  )
  return pids.map(Number)
}

const signal = (member: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void => {
  const pids = processes(member)
  if (pids.length === 0) throw new Error(`no mysqld of ${podName(member)} on this machine`)
  for (const pid of pids) process.kill(pid, name)
}

/** Makes the ways of a member to the others lead nowhere, or takes that back. */
const blackholes = async (member: number, verb: 'add' | 'del'): Promise<void> => {
  const pid = await eventually(`mysqld of ${podName(member)} on this machine`, 60, async () => processes(member)[0])
  for (const other of MEMBERS.filter((one) => one !== member))
    await run('nsenter', ['-t', `${pid}`, '-n', 'ip', 'route', verb, 'blackhole', addressOf(other).ip])
}

const access = () => ({ authority, operator: passwords.operator, replication: passwords.replication })

const statements = async (member: number, ...list: readonly (readonly [string, ...unknown[]])[]): Promise<void> => {
  const connection = await connectAdmin(addressOf(member), access())
  try {
    for (const [sql, ...values] of list) await connection.query(sql, values, STATEMENT_MS)
  } finally {
    connection.close()
  }
}

const asApp = async (member: number, sql: string): Promise<'Acknowledged' | 'Refused' | 'Lost'> => {
  const connect = createConnection({
    host: addressOf(member).ip,
    user: 'app',
    password,
    database: 'app',
    connectTimeout: WRITE_MS,
  })
  const connection = await connect.catch(() => undefined)
  if (!connection) return 'Refused'
  try {
    await connection.query({ sql, timeout: WRITE_MS })
    return 'Acknowledged'
  } catch (error) {
    return (error as { errno?: number; sqlMessage?: string }).sqlMessage ? 'Refused' : 'Lost'
  } finally {
    connection.destroy()
  }
}

export interface BareMembers extends Bench {
  readonly archive: ArchiveAccess
  /** As the operator, one after the other. */
  statements(member: number, ...list: readonly (readonly [string, ...unknown[]])[]): Promise<void>
  end(): Promise<void>
}

/** Three real members that no operator looks after, reached from this machine by the addresses of their pods. */
export const bareMembers = (): BareMembers => {
  const mysql = createMySQL()
  return {
    mysql,
    clock: systemClock,
    get access() {
      return access()
    },
    get archive() {
      return { authority, password: passwords.archive }
    },
    statements,
    group: REF.uid,
    seeds: MEMBERS.map((member) => `${hostOf(member)}:${PORTS.mysql}`),
    address: addressOf,
    async start() {
      await kubectl('delete', 'namespace', REF.namespace, '--ignore-not-found', '--timeout=180s')
      await kubectl('create', 'namespace', REF.namespace)
      await makeObjects()
      for (const member of MEMBERS) await locate(member)
    },
    end: async () => {
      await kubectl('delete', 'namespace', REF.namespace, '--timeout=180s')
    },
    kill: async (member) => signal(member, 'SIGKILL'),
    async restart(member) {
      const pod = await locate(member)
      await kubectl('-n', REF.namespace, 'delete', 'pod', podName(member), '--wait=false')
      await locate(member, pod.metadata.uid)
    },
    pause: async (member) => signal(member, 'SIGSTOP'),
    resume: async (member) => signal(member, 'SIGCONT'),
    async isolate(member) {
      await blackholes(member, 'add')
      return () => blackholes(member, 'del')
    },
    leave: (member) => statements(member, ['STOP GROUP_REPLICATION']),
    async handOver(to) {
      const { serverUuid } = await mysql.inspect(addressOf(to), access())
      await statements(to, ['SELECT group_replication_set_as_primary(?)', serverUuid])
    },
    async purge(member) {
      await statements(member, ['SET GLOBAL binlog_expire_logs_seconds = 1'], ['FLUSH BINARY LOGS'])
      await sleep(systemClock, 2_500)
      await statements(member, ['FLUSH BINARY LOGS'], ['SET GLOBAL binlog_expire_logs_seconds = 0'])
    },
    errant: (member) =>
      statements(
        member,
        ['SET GLOBAL super_read_only = OFF'],
        ["CREATE USER errant@localhost IDENTIFIED BY 'none' ACCOUNT LOCK"],
        ['SET GLOBAL super_read_only = ON'],
      ),
    prepare: async (member) => {
      await asApp(member, 'CREATE TABLE IF NOT EXISTS contract (id BIGINT AUTO_INCREMENT PRIMARY KEY)')
    },
    write: (member) => asApp(member, 'INSERT INTO contract VALUES ()'),
    run: (tell) => tell(),
  }
}
