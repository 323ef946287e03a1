import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SYSTEM_PATH } from './command.ts'
import { paths, STATE } from './settings.ts'

/** A process that we started. Start time and boot make a recycled pid recognisable. */
export interface OwnedProcess {
  readonly pid: number
  /** In clock ticks since the machine booted, as the kernel counts. */
  readonly startTime: number
  /** What it was started as: a process with another identity has to be replaced. */
  readonly identity: string
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const pidFile = (name: string): string => join(paths.pids, name)
/** The file into which a process writes what it prints. */
export const logFile = (name: string): string => join(paths.logs, `${name}.log`)

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const parseStat = (stat: string): { pid: number; state: string; startTime: number } | undefined => {
  // The second field is the command in parentheses and may contain anything, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pid = Number.parseInt(stat, 10)
  const startTime = Number(fields[19])
  return Number.isInteger(pid) && Number.isInteger(startTime) ? { pid, state: fields[0] ?? '', startTime } : undefined
}

const isAlive = (process: Pick<OwnedProcess, 'pid' | 'startTime'>): boolean => {
  const current = parseStat(readText(`/proc/${process.pid}/stat`))
  return current !== undefined && current.startTime === process.startTime && !'ZX'.includes(current.state)
}

/** The running process that was started under `name`, or undefined when it has ended or never was. */
export const findProcess = (name: string): OwnedProcess | undefined => {
  const [stat = '', boot = '', identity = ''] = readText(pidFile(name)).split('\n')
  const parsed = parseStat(stat)
  if (!parsed || boot !== readText(BOOT_ID).trim()) return undefined
  const owned = { pid: parsed.pid, startTime: parsed.startTime, identity }
  return isAlive(owned) ? owned : undefined
}

/** When a process began, in epoch milliseconds. */
export const startedAt = (process: OwnedProcess): number => {
  const ticksPerSecond = 100
  const uptimeSeconds = Number.parseFloat(readText('/proc/uptime'))
  return Date.now() - (uptimeSeconds - process.startTime / ticksPerSecond) * 1000
}

// The process records itself before it becomes the program: there is no moment in which it runs unrecorded.
const RECORD_AND_BECOME = `
record=$1 identity=$2; shift 2
{ cat /proc/$$/stat ${BOOT_ID} && printf '%s\\n' "$identity"; } >"$record.new" && mv "$record.new" "$record" && exec "$@"`

export interface ProcessSpec {
  readonly argv: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly identity: string
}

/** Starts a process that outlives us, in a session of its own, with its output in its log file. */
export const startProcess = async (name: string, spec: ProcessSpec): Promise<void> => {
  await mkdir(paths.pids, { recursive: true })
  await mkdir(paths.logs, { recursive: true })
  await rm(pidFile(name), { force: true })
  await rename(logFile(name), `${logFile(name)}.previous`).catch(() => undefined)
  const log = openSync(logFile(name), 'a')
  const shell = ['-c', RECORD_AND_BECOME, 'sh', pidFile(name), spec.identity, ...spec.argv]
  const child = spawn('/bin/sh', shell, {
    cwd: STATE,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: SYSTEM_PATH, HOME: STATE, LANG: 'C.UTF-8', ...spec.environment },
  })
  closeSync(log)
  const ended = new Promise<'ended'>((resolve) => {
    child.once('error', () => resolve('ended'))
    child.once('exit', () => resolve('ended'))
  })
  child.unref()
  while (!readText(pidFile(name))) {
    if ((await Promise.race([ended, sleep(5)])) === 'ended') return
  }
}

const hasEnded = async (owned: OwnedProcess, withinMs: number): Promise<boolean> => {
  const deadline = Date.now() + withinMs
  while (isAlive(owned)) {
    if (Date.now() > deadline) return false
    await sleep(25)
  }
  return true
}

const signal = (owned: OwnedProcess, name: NodeJS.Signals): void => {
  try {
    if (isAlive(owned)) process.kill(owned.pid, name)
  } catch {
    // It ended between the look and the signal.
  }
}

/** Ends the process that was started under `name`: asks first, insists after `graceMs`. Nothing to do is fine. */
export const stopProcess = async (name: string, graceMs: number): Promise<void> => {
  const owned = findProcess(name)
  if (owned) {
    signal(owned, 'SIGTERM')
    if (!(await hasEnded(owned, graceMs))) {
      signal(owned, 'SIGKILL')
      await hasEnded(owned, 5000)
    }
  }
  await rm(pidFile(name), { force: true })
}

/** Ends the process that was started under `name` as a crash would: at once, and without a word to it. */
export const killProcess = async (name: string): Promise<void> => {
  const owned = findProcess(name)
  if (!owned) return
  signal(owned, 'SIGKILL')
  await hasEnded(owned, 5000)
}

/** The last lines of what a process printed. */
export const lastLogLines = (name: string, count = 15): string =>
  readText(logFile(name)).trimEnd().split('\n').slice(-count).join('\n')
