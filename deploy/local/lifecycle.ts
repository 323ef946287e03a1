import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isHealthy } from './health.ts'
import type { Part } from './part.ts'
import { type PartName, parts } from './parts.ts'
import { Problem } from './problem.ts'
import { findProcess, killProcess, lastLogLines, logFile, startProcess, stopProcess } from './process.ts'
import { paths } from './settings.ts'

const START_MS = 90_000
/** A part that runs but does not answer may just be busy. */
const RECOVER_MS = 10_000

const contentOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')

/** Of a program of this checkout only the content counts: another checkout with the same one is equal. */
const identityOf = (part: Part): string => {
  const hash = createHash('sha256')
  const [program = ''] = part.argv
  if (part.sources) hash.update(part.sources.map(contentOf).join('\0'))
  else hash.update(JSON.stringify(part.argv))
  if (dirname(program) === paths.bin) hash.update(readlinkSync(program))
  for (const file of part.files) hash.update(contentOf(file))
  return hash.digest('hex').slice(0, 16)
}

const becomesHealthy = async (name: PartName, withinMs: number, signal: AbortSignal): Promise<boolean> => {
  const deadline = Date.now() + withinMs
  for (;;) {
    signal.throwIfAborted()
    const process = findProcess(name)
    if (!process) return false
    if (await isHealthy(name, process)) return true
    if (Date.now() > deadline) return false
    await sleep(100)
  }
}

const failure = (name: PartName): Problem => {
  const what = findProcess(name) ? `does not become healthy within ${START_MS / 1000} s` : 'ended right after its start'
  const lines = lastLogLines(name)
  return new Problem(
    `${name} ${what}. The last lines of its log:\n${lines.replace(/^/gm, '    ')}`,
    `see the whole log in ${logFile(name)}; "make up" tries again, "make down" clears away what is left`,
  )
}

/** Starts a part unless it runs, is healthy and is what it should be; replaces it otherwise. */
export const ensurePart = async (name: PartName, signal: AbortSignal): Promise<'kept' | 'started'> => {
  const part: Part = parts[name]
  const identity = identityOf(part)
  if (findProcess(name)?.identity === identity && (await becomesHealthy(name, RECOVER_MS, signal))) return 'kept'
  await stopProcess(name, part.graceMs)
  await part.clear?.()
  await startProcess(name, { argv: part.argv, identity })
  if (!(await becomesHealthy(name, START_MS, signal))) throw failure(name)
  return 'started'
}

/** Stops a part; one that does not run is fine. */
export const stopPart = async (name: PartName): Promise<void> => stopProcess(name, parts[name].graceMs)

/** Ends a part as a crash would; one that does not run is fine. */
export const killPart = async (name: PartName): Promise<void> => killProcess(name)

export type PartHealth = 'healthy' | 'unhealthy' | 'stopped'

/** What a part does at this moment. */
export const partHealth = async (name: PartName): Promise<{ health: PartHealth; pid?: number }> => {
  const process = findProcess(name)
  if (!process) return { health: 'stopped' }
  return { health: (await isHealthy(name, process)) ? 'healthy' : 'unhealthy', pid: process.pid }
}
