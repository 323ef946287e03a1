import * as z from 'zod'
import { type Clock, sleep } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import { ownRow } from '../domain/group.ts'
import type { AdminConnection, Connect } from './connection.ts'
import { inspectMember, lookAtGroup } from './inspection.ts'
import type { Access, MemberAddress } from './port.ts'

const START_MS = 120_000
const POLL_MS = 100

/** True when a member of the group has another one in its view, catching up or done with it. */
const sees = async (connection: AdminConnection, pod: string, other: string): Promise<boolean> => {
  const { rows } = await lookAtGroup(connection, pod)
  return rows.some((row) => row.pod === other && (row.state === 'RECOVERING' || row.state === 'ONLINE'))
}

const credentials = (connection: AdminConnection, access: Access): Promise<unknown> =>
  connection.query(
    "CHANGE REPLICATION SOURCE TO SOURCE_USER = 'replication', SOURCE_PASSWORD = ? FOR CHANNEL 'group_replication_recovery'",
    [access.replication],
  )

/** A member that failed in its group must leave it before it can start again. */
const leaveFailed = async (connection: AdminConnection, pod: string): Promise<void> => {
  const state = ownRow(await inspectMember(connection, pod))?.state
  if (state === 'ERROR') await connection.query('STOP GROUP_REPLICATION', [], START_MS)
}

const NameSchema = z.tuple([z.object({ name: z.string().nullable() })])

/** A member knows one group by its name, which most keep for life. */
const nameGroup = async (connection: AdminConnection, group: string): Promise<void> => {
  const [{ name }] = NameSchema.parse(await connection.query('SELECT @@group_replication_group_name AS name'))
  if (name !== group) await connection.query('SET PERSIST group_replication_group_name = ?', [group])
}

/** See MySQL.bootstrap. Once ONLINE, the member is set to rejoin by itself after a restart; it never bootstraps by itself. */
export const bootstrapGroup = async (
  connect: Connect,
  member: MemberAddress,
  access: Access,
  seeds: readonly string[],
  group: string,
): Promise<void> => {
  const connection = await connect(member, access)
  try {
    await leaveFailed(connection, member.pod)
    await nameGroup(connection, group)
    await credentials(connection, access)
    await connection.query('SET PERSIST group_replication_group_seeds = ?', [seeds.join(',')])
    await connection.query('SET GLOBAL group_replication_bootstrap_group = ON')
    try {
      await connection.query('START GROUP_REPLICATION', [], START_MS)
    } finally {
      await connection.query('SET GLOBAL group_replication_bootstrap_group = OFF')
    }
    await connection.query('SET PERSIST group_replication_start_on_boot = ON')
  } finally {
    connection.close()
  }
}

/**
 * See MySQL.join. START waits about a second longer than the group needs, and the joining member answers no question about
 * the group meanwhile: the view of `donor` is watched instead.
 */
export const joinGroup = async (
  connect: Connect,
  clock: Clock,
  member: MemberAddress,
  donor: MemberAddress,
  access: Access,
  seeds: readonly string[],
  group: string,
  progress: () => void,
): Promise<void> => {
  const starter = await connect(member, access)
  const watcher = await connect(donor, access).catch((error) => {
    starter.close()
    throw error
  })
  let failure: unknown
  let started = false
  try {
    await leaveFailed(starter, member.pod)
    await nameGroup(starter, group)
    await credentials(starter, access)
    // A bootstrap that died half-way may have left this on: a second group would be the end of the data.
    await starter.query('SET GLOBAL group_replication_bootstrap_group = OFF')
    await starter.query('SET PERSIST group_replication_group_seeds = ?', [seeds.join(',')])
    await starter.query('SET PERSIST group_replication_start_on_boot = ON')
    void starter
      .query('START GROUP_REPLICATION', [], START_MS)
      .catch((error) => {
        failure = error
      })
      .finally(() => {
        started = true
        starter.close()
      })
    while (!(await sees(watcher, donor.pod, member.pod))) {
      if (failure) throw failure
      if (started) throw new OperatorError('MemberRefused', `${member.pod} left the group as soon as it had joined`)
      progress()
      await sleep(clock, POLL_MS)
    }
  } finally {
    watcher.close()
  }
}
