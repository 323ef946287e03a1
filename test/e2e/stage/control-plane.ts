import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { crashParts, localCluster, startParts } from '../../../deploy/local/cluster.ts'
import { OPERATOR_NAMESPACE } from './cluster.ts'
import { eventually } from './mysqlcluster.ts'

const PARTS = ['apiserver', 'temporal'] as const
const ROLES = ['operator', 'worker'] as const

/** What can die without a database noticing. */
export const PIECES = [...PARTS, ...ROLES] as const
export type Piece = (typeof PIECES)[number]

const words = (pid: string, file: 'cmdline' | 'environ'): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** The processes of a role, in whichever container they are. */
const processesOf = (role: string): readonly number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter(
      (pid) => words(pid, 'cmdline').includes(role) && words(pid, 'cmdline').some((word) => /main\.js$/.test(word)),
    )
    .filter((pid) => words(pid, 'environ').includes(`POD_NAMESPACE=${OPERATOR_NAMESPACE}`))
    .map(Number)

const killRole = (role: string): readonly number[] => {
  const pids = processesOf(role)
  if (pids.length === 0) throw new Error(`no ${role} runs on this machine`)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return pids
}

const partsOf = (pieces: readonly Piece[]) => PARTS.filter((part) => pieces.includes(part))

/**
 * Kills pieces of the control plane at the same moment, all replicas of each. What runs in pods is started again by
 * kubelet; the others stay away until `meanwhile` is over. Resolves when each of them is there again.
 */
export const crash = async (pieces: readonly Piece[], meanwhile: () => Promise<void>): Promise<void> => {
  const roles = ROLES.filter((role) => pieces.includes(role))
  const parts = partsOf(pieces)
  const killed = roles.flatMap(killRole)
  try {
    await crashParts(parts)
    await meanwhile()
  } finally {
    await startParts(parts)
  }
  for (const role of roles)
    await eventually(
      `a ${role} again`,
      60,
      async () => processesOf(role).some((pid) => !killed.includes(pid)) || undefined,
    )
}

/** Kills Temporal and removes all that it knew. */
export const loseTemporal = (): Promise<void> =>
  crash(['temporal'], async () => {
    const directory = join(localCluster().stateDirectory, 'temporal')
    for (const file of readdirSync(directory)) rmSync(join(directory, file))
  })
