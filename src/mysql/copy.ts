import * as z from 'zod'
import { type Clock, sleep } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import { PATHS } from '../domain/mycnf.ts'
import { PORTS } from '../domain/names.ts'
import type { CopyView } from '../domain/snapshot.ts'
import type { AdminConnection, Connect } from './connection.ts'
import type { Access, MemberAddress } from './port.ts'

const POLL_MS = 1_000
const STOP_MS = 120_000
/** A copy may be of terabytes. The driver takes no more than 2^31 ms. */
const COPY_MS = 14 * 24 * 3_600_000

const CopySchema = z.object({
  state: z.string(),
  began: z.coerce.number().nullable(),
  now: z.coerce.number(),
  uptime: z.coerce.number(),
  dropped: z.string().nullable(),
  error: z.string().nullable(),
})

// Times as seconds since the epoch: the columns are in the time zone of the session.
const COPY = `SELECT state, UNIX_TIMESTAMP(begin_time) AS began, UNIX_TIMESTAMP(NOW(3)) AS now, error_message AS error,
  (SELECT variable_value FROM performance_schema.global_status WHERE variable_name = 'Uptime') AS uptime,
  (SELECT p.state FROM performance_schema.clone_progress p WHERE p.stage = 'DROP DATA') AS dropped
  FROM performance_schema.clone_status WHERE destination = 'LOCAL INSTANCE'`

/** Its table is there only where the plugin is. */
const NO_SUCH_TABLE = /\(1146\)/

type Last = z.output<typeof CopySchema>

const lastCopy = async (connection: AdminConnection): Promise<Last | undefined> => {
  const [row] = await connection.query(COPY)
  return row === undefined ? undefined : CopySchema.parse(row)
}

/** One that was begun before the process was has died with the one before. */
const isUnderWay = (last: Last | undefined): boolean =>
  last?.state === 'In Progress' && (last.began ?? 0) >= last.now - last.uptime - 1

/** The last copy to a member, and whether its data are whole. */
export const readCopy = async (
  connection: AdminConnection,
): Promise<{ readonly copy?: CopyView; readonly isWhole: boolean }> => {
  try {
    const last = await lastCopy(connection)
    if (!last) return { copy: { state: 'None' }, isWhole: true }
    const { state, began, dropped } = last
    const isDropped = dropped !== null && dropped !== 'Not Started'
    const at = began === null ? {} : { began: began * 1000 }
    if (isUnderWay(last)) return { copy: { state: 'UnderWay', ...at }, isWhole: !isDropped }
    if (state === 'Completed') return { copy: { state: 'Done', ...at }, isWhole: true }
    const isBroken = isDropped && (state === 'Failed' || state === 'In Progress')
    return { copy: { state: isBroken ? 'Incomplete' : 'None', ...at }, isWhole: !isBroken }
  } catch (error) {
    if (error instanceof OperatorError && NO_SUCH_TABLE.test(error.detail)) return { isWhole: true }
    throw error
  }
}

/** It must neither be in its group nor come back to it by itself while its data are not those of a member. */
const stayOut = async (connection: AdminConnection): Promise<void> => {
  await connection.query('SET PERSIST group_replication_start_on_boot = OFF')
  await connection.query('STOP GROUP_REPLICATION', [], STOP_MS)
}

/** See MySQL.leave. */
export const leaveGroup = async (connect: Connect, member: MemberAddress, access: Access): Promise<void> => {
  const connection = await connect(member, access)
  try {
    await stayOut(connection)
  } finally {
    connection.close()
  }
}

/** See MySQL.shutDown. */
export const shutDown = async (connect: Connect, member: MemberAddress, access: Access): Promise<void> => {
  const connection = await connect(member, access)
  try {
    await stayOut(connection)
    await connection.query('SHUTDOWN')
  } finally {
    connection.close()
  }
}

const ProgressSchema = z.array(
  z.object({ stage: z.string(), state: z.string(), estimate: z.coerce.number(), data: z.coerce.number() }),
)
const PROGRESS = 'SELECT stage, state, estimate, data FROM performance_schema.clone_progress ORDER BY id, begin_time'

const MIB = 2 ** 20

/** How far a copy is: what it does, bytes and percent. */
const describeProgress = async (connection: AdminConnection): Promise<string> => {
  const stages = ProgressSchema.parse(await connection.query(PROGRESS))
  const sum = (of: (stage: { estimate: number; data: number }) => number): number =>
    stages.reduce((total, stage) => total + of(stage), 0)
  const [estimate, data] = [sum((stage) => Math.max(stage.estimate, stage.data)), sum((stage) => stage.data)]
  const now = stages.find(({ state }) => state === 'In Progress')?.stage ?? 'between two stages'
  const percent = estimate === 0 ? 0 : Math.floor((data / estimate) * 100)
  return `${now}: ${Math.round(data / MIB)} of ${Math.round(estimate / MIB)} MiB, ${percent} %`
}

const begin = async (connection: AdminConnection, donor: MemberAddress): Promise<void> => {
  await stayOut(connection)
  await connection.query('SET GLOBAL clone_valid_donor_list = ?', [`${donor.host}:${PORTS.mysql}`])
  await connection.query('SET GLOBAL clone_ssl_ca = ?', [`${PATHS.tls}/ca.crt`])
  // Data cannot be dropped under super_read_only. Clients are still kept out by read_only, and after its restart by both.
  await connection.query('SET GLOBAL super_read_only = OFF')
}

/** mysqld cannot start itself again, and so ends: the copy is made. */
const MADE = /\(3707\)/

const hasEnded = (error: unknown): boolean => error instanceof OperatorError && error.code === 'MemberUnreachable'

/** Watches until the process ends; `before` is the copy before this one. Throws what the copy failed with. */
const watch = async (
  clock: Clock,
  watcher: AdminConnection,
  before: Last | undefined,
  failure: () => unknown,
  progress: (done: string) => void,
): Promise<void> => {
  for (;;) {
    try {
      progress(await describeProgress(watcher))
      const failed = failure()
      const last = await lastCopy(watcher)
      const isMade = failed instanceof OperatorError && MADE.test(failed.detail)
      // The connection that asked for it may be lost without it.
      if (failed !== undefined && !isMade && !hasEnded(failed)) throw failed
      if (last?.state === 'Failed' && last.began !== before?.began)
        throw new OperatorError('MemberRefused', `the copy failed: ${last.error ?? 'no reason is given'}`)
    } catch (error) {
      if (hasEnded(error)) return
      throw error
    }
    await sleep(clock, POLL_MS)
  }
}

/** See MySQL.copy. */
export const copyInto = async (
  connect: Connect,
  clock: Clock,
  member: MemberAddress,
  donor: MemberAddress,
  access: Access,
  progress: (done: string) => void,
): Promise<void> => {
  const watcher = await connect(member, access)
  let failure: unknown
  try {
    const last = await lastCopy(watcher)
    const isBegun = isUnderWay(last)
    if (!isBegun) {
      const copier = await connect(member, access)
      try {
        await begin(copier, donor)
      } catch (error) {
        copier.close()
        throw error
      }
      void copier
        .query(
          'CLONE INSTANCE FROM replication@?:? IDENTIFIED BY ? REQUIRE SSL',
          [donor.host, PORTS.mysql, access.replication],
          COPY_MS,
        )
        .catch(async (error) => {
          failure = error
          // It goes on being no member.
          await copier.query('SET GLOBAL super_read_only = ON').catch(() => undefined)
        })
        .finally(copier.close)
    }
    await watch(clock, watcher, isBegun ? undefined : last, () => failure, progress)
  } finally {
    watcher.close()
  }
}
