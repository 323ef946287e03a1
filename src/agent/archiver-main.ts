import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { LocationSchema } from '../../crds/backup-store.ts'
import { systemClock } from '../clock.ts'
import { AGENT_PATHS, ARCHIVE_PORT } from '../domain/agent-paths.ts'
import { createLog } from '../log.ts'
import { openStore, readKey } from '../objectstore/open.ts'
import { serveArchive } from './archive-server.ts'
import { type ArchiveState, archive } from './archiver.ts'
import { logMembers } from './log-members.ts'
import { keepPruned } from './prune.ts'
import { keepReach } from './reach.ts'

/** Longer than a segment takes to be stored, and shorter than the grace period of the pod. */
const END_MS = 25_000

/** What it is told to do, in the variable TASK of its environment. It holds no secret. */
const TaskSchema = z.object({ location: LocationSchema, path: z.string().min(1), hosts: z.array(z.string()).min(1) })

const log = createLog(process.env['LOG_LEVEL'] ?? 'info', 'archiver')
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.once(name, () => {
    stop.abort()
    systemClock.after(END_MS, () => process.exit(143))
  })
const secret = (file: string): string => readFileSync(join(AGENT_PATHS.members, file), 'utf8')

try {
  const { location, path, hosts } = TaskSchema.parse(JSON.parse(process.env['TASK'] ?? ''))
  log.info({ path, hosts }, 'began')
  const key = await readKey(location)
  const state: ArchiveState = { known: new Map(), skipped: new Map(), segments: 0, bytes: 0 }
  serveArchive(ARCHIVE_PORT, systemClock, () => state)
  const access = { authority: secret('ca.crt'), password: secret('archive').trim() }
  const ports = {
    store: await openStore(location),
    clock: systemClock,
    members: logMembers(hosts, access, systemClock),
    say: (doing: string, done: object) => log.info(done, doing),
    ...(key ? { key } : {}),
  }
  // Whoever stops these in the middle leaves nothing that the next one does not mend.
  void keepReach(ports, path, state, stop.signal)
  void keepPruned(ports, path, state, stop.signal)
  await archive(ports, path, state, stop.signal)
  process.exit(0)
} catch (err) {
  log.fatal({ err }, 'failed')
  process.exit(1)
}
