import { count, formatGtidSet, parseGtidSet, subtract } from '../../../src/domain/gtid.ts'
import { cloneInstance, copyRows, progressRows } from './copying.ts'
import { forceMembers } from './force.ts'
import { handOverAsAsked } from './hand-over.ts'
import { shutDownAsAsked } from './lifecycle.ts'
import { rowsOf, viewIdOf } from './local-view.ts'
import { noteLeaving, startGroup, stopGroup } from './membership.ts'
import type { Scene } from './scene.ts'
import { dataOf, groupNameOf, type Server, type ServerSession, SqlError } from './server.ts'

type Rows = readonly object[]
type Statement = (
  scene: Scene,
  server: Server,
  session: ServerSession,
  values: readonly unknown[],
) => Rows | Promise<Rows>

const ASK_AGAIN_MS = 20
const NOTHING: Rows = []

const whenItAnswers = async (server: Server): Promise<void> => {
  while (server.mute) await server.wait(ASK_AGAIN_MS)
}

const set =
  (change: (server: Server, value: unknown) => void): Statement =>
  (_, server, __, [value]) => {
    change(server, value)
    return NOTHING
  }

const membersOf = (server: Server): readonly object[] =>
  rowsOf(server).map(({ pod, state, role, version, uuid }) => ({
    host: pod,
    own: Number(pod === server.spec.pod),
    state,
    role,
    version,
    uuid,
  }))

/** The statements that the operator uses, by how they begin. The same questions as in src/mysql. */
const STATEMENTS: readonly (readonly [beginning: string, Statement])[] = [
  ['SET SESSION ', () => NOTHING],
  [
    'SELECT @@server_uuid AS uuid',
    async (scene, server) => {
      await whenItAnswers(server)
      const data = dataOf(server)
      return [
        {
          uuid: data.serverUuid,
          version: server.version,
          readOnly: Number(server.readOnly),
          startOnBoot: Number(data.startOnBoot),
          executed: formatGtidSet(data.executed),
          purged: formatGtidSet(data.purged),
          uptime: `${Math.floor((scene.time.now() - server.servesSince) / 1000)}`,
          received: formatGtidSet(data.received),
          viewId: viewIdOf(server),
          queue: server.local.kind === 'In' ? count(subtract(data.received, data.executed)) : null,
          platform: 'x86_64 Linux',
          archived: server.volume.rebuild,
        },
      ]
    },
  ],
  [
    'SELECT @@read_only AS readOnly',
    async (_, server) => {
      await whenItAnswers(server)
      const [viewId, readOnly] = [viewIdOf(server), Number(server.readOnly)]
      return membersOf(server).map((row) => ({ ...row, viewId, readOnly }))
    },
  ],
  [
    'SELECT member_host AS host',
    async (_, server) => {
      await whenItAnswers(server)
      return membersOf(server)
    },
  ],
  [
    'SELECT GTID_SUBTRACT(',
    (_, server, __, [ours]) => [
      { others: formatGtidSet(subtract(dataOf(server).executed, parseGtidSet(String(ours)))), lacks: 0 },
    ],
  ],
  [
    'CHANGE REPLICATION SOURCE TO',
    (_, server, __, [password]) => {
      dataOf(server).replicationPassword = String(password)
      return NOTHING
    },
  ],
  [
    'SET PERSIST group_replication_group_seeds',
    set((server, seeds) => {
      dataOf(server).seeds = String(seeds).split(',')
    }),
  ],
  ['SELECT @@group_replication_group_name AS name', (_, server) => [{ name: groupNameOf(server) }]],
  [
    'SET PERSIST group_replication_group_name',
    set((server, name) => {
      dataOf(server).groupName = String(name)
    }),
  ],
  [
    'SET PERSIST group_replication_start_on_boot = ON',
    set((server) => {
      dataOf(server).startOnBoot = true
    }),
  ],
  ['SELECT state, UNIX_TIMESTAMP(begin_time)', (scene, server) => copyRows(scene, server)],
  ['SELECT stage, state, estimate, data', (_, server) => progressRows(server)],
  [
    'SET PERSIST group_replication_start_on_boot = OFF',
    set((server) => {
      dataOf(server).startOnBoot = false
    }),
  ],
  ['SET GLOBAL clone_', () => NOTHING],
  ['SET GLOBAL super_read_only', () => NOTHING],
  [
    'CLONE INSTANCE FROM',
    async (scene, server, __, values) => {
      await cloneInstance(scene, server, values, () => shutDownAsAsked(scene, server))
      return NOTHING
    },
  ],
  [
    'SHUTDOWN',
    (scene, server) => {
      void shutDownAsAsked(scene, server)
      return NOTHING
    },
  ],
  [
    'SET GLOBAL group_replication_bootstrap_group = ON',
    set((server) => {
      server.bootstrapFlag = true
    }),
  ],
  [
    'SET GLOBAL group_replication_bootstrap_group = OFF',
    set((server) => {
      server.bootstrapFlag = false
    }),
  ],
  [
    'SET GLOBAL group_replication_force_members',
    async (scene, server, _, [living]) => {
      await forceMembers(scene, server, living ? String(living).split(',') : [])
      return NOTHING
    },
  ],
  [
    'START GROUP_REPLICATION',
    async (scene, server) => {
      await startGroup(scene, server)
      return NOTHING
    },
  ],
  [
    'STOP GROUP_REPLICATION',
    async (scene, server) => {
      noteLeaving(scene, server)
      await stopGroup(scene, server)
      return NOTHING
    },
  ],
  [
    'SELECT group_replication_set_as_primary(',
    async (scene, server, __, [uuid]) => {
      await handOverAsAsked(scene, server, String(uuid))
      return NOTHING
    },
  ],
  [
    'SELECT processlist_id AS id',
    (_, server) => [...server.sessions].filter(({ user }) => user === 'app').map(({ id }) => ({ id })),
  ],
  [
    'KILL ?',
    (_, server, __, [id]) => {
      const killed = [...server.sessions].find((session) => session.id === id)
      if (!killed) throw new SqlError(1094, `Unknown thread id: ${id}`)
      killed.end()
      return NOTHING
    },
  ],
]

/** Executes one statement of the operator. Throws SqlError as mysqld would answer; a statement that is not known here is a mistake. */
export const execute = async (
  scene: Scene,
  server: Server,
  session: ServerSession,
  sql: string,
  values: readonly unknown[],
): Promise<readonly object[]> => {
  const statement = STATEMENTS.find(([beginning]) => sql.startsWith(beginning))?.[1]
  if (!statement) throw new Error(`the simulated MySQL does not know: ${sql}`)
  return statement(scene, server, session, values)
}
