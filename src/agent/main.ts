import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { AGENT_PATHS } from '../domain/agent-paths.ts'
import { OperatorError } from '../domain/errors.ts'
import { PATHS } from '../domain/mycnf.ts'
import { createLog } from '../log.ts'
import { openStore } from '../objectstore/open.ts'
import { type AgentPorts, backUp } from './backup.ts'
import type { Manifest } from './manifest.ts'
import { restore } from './restore.ts'
import { failed, succeeded } from './result.ts'
import { type Task, TaskSchema } from './task.ts'

const SAY_MS = 5_000

const log = createLog(process.env['LOG_LEVEL'] ?? 'info', 'agent')
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(143))

/** What is done, in the log, now and then. */
const speaker = (): AgentPorts['say'] => {
  let last = 0
  return (doing, done) => {
    if (systemClock.now() - last < SAY_MS) return
    last = systemClock.now()
    log.info(done, doing)
  }
}

const run = async (task: Task): Promise<Manifest> => {
  const ports = { store: await openStore(task.location), clock: systemClock, say: speaker() }
  if (task.kind === 'restore') return restore(ports, task, `${PATHS.data}.new`, existsSync(PATHS.data))
  const { scratch } = AGENT_PATHS
  return backUp(ports, task, { data: join(scratch, 'copy'), said: join(scratch, 'said') })
}

try {
  const task = TaskSchema.parse(JSON.parse(process.env['TASK'] ?? ''))
  log.info({ path: task.path, kind: task.kind }, 'began')
  const manifest = await run(task)
  const { parts, gtids: _, ...summary } = manifest
  log.info({ ...summary, parts: parts.length }, 'ended')
  writeFileSync(AGENT_PATHS.result, succeeded(manifest))
} catch (err) {
  log.fatal({ err }, 'failed')
  const said = err instanceof OperatorError ? err : new OperatorError('AgentFailed', String(err))
  writeFileSync(AGENT_PATHS.result, failed(said))
  process.exitCode = 1
}
