import { dirname } from 'node:path'
import { sleep } from '../clock.ts'
import { archivePath, isNeeded } from '../domain/archive.ts'
import { OperatorError } from '../domain/errors.ts'
import { type GtidSet, intersect, parseGtidSet } from '../domain/gtid.ts'
import type { ArchiveState } from './archiver.ts'
import { type AgentPorts, readManifest, sealerOf } from './backup.ts'
import { MANIFEST } from './manifest.ts'
import { patiently } from './parts.ts'
import { numberOf, readSegment, type StoredSegment } from './segments.ts'

const EVERY_MS = 3_600_000
/** A backup that is being made may be of a member that lags: it needs what was committed not long ago, too. */
const YOUNG_MS = 3_600_000

/** What is in every backup that could be the base of a restore; undefined where there is none. */
const floorOf = async (ports: AgentPorts, path: string, keys: readonly string[]): Promise<GtidSet | undefined> => {
  let floor: GtidSet | undefined
  for (const key of keys) {
    const place = dirname(key)
    const manifest = await readManifest(ports, place)
    if (!manifest || archivePath(manifest.cluster) !== path) continue
    // Throws where anything in it was changed: a set that is too large would take segments away that are needed.
    sealerOf(ports, place, manifest)
    const gtids = parseGtidSet(manifest.gtids)
    floor = floor ? intersect(floor, gtids) : gtids
  }
  return floor
}

const read = async ({ store, clock, key }: AgentPorts, name: string): Promise<StoredSegment | undefined> => {
  const body = await patiently(clock, () => store.get(name))
  try {
    return body && readSegment(name, body, key)
  } catch (error) {
    // What it held is not known, so it stays.
    if (error instanceof OperatorError && error.code === 'BackupBroken') return undefined
    throw error
  }
}

const isYoung = ({ head }: StoredSegment, now: number): boolean => (head.lastCommit ?? 0) / 1000 > now - YOUNG_MS

/**
 * Removes the segments of an archive that no restore can need: the oldest ones, as long as every backup of the cluster beside them
 * holds all their transactions. The newest stays, from which the archive goes on. Without any backup nothing is removed. Resolves
 * with how many were. Throws BackupBroken or WrongKey, with nothing removed, where a manifest cannot be trusted.
 */
export const prune = async (ports: AgentPorts, path: string): Promise<number> => {
  const { store, clock } = ports
  const home = `${dirname(path)}/`
  const found = (await patiently(clock, () => store.list(home))).map(({ key }) => key)
  const floor = await floorOf(
    ports,
    path,
    found.filter((key) => key.endsWith(`/${MANIFEST}`)),
  )
  if (!floor) return 0
  const segments = found.filter(
    (key) => key.startsWith(`${path}/`) && numberOf(key.slice(path.length + 1)) !== undefined,
  )
  let removed = 0
  for (const key of segments.slice(0, -1)) {
    const segment = await read(ports, key)
    if (!segment) continue
    if (isNeeded(floor, segment) || isYoung(segment, clock.now())) break
    await patiently(clock, () => store.remove(key))
    removed += 1
  }
  return removed
}

/** Prunes an archive once an hour, until `stop`. A store that refuses is told of, and tried again an hour later. */
export const keepPruned = async (
  ports: AgentPorts,
  path: string,
  state: ArchiveState,
  stop: AbortSignal,
): Promise<void> => {
  while (!stop.aborted) {
    await sleep(ports.clock, EVERY_MS, stop)
    if (stop.aborted) return
    try {
      const removed = await prune(ports, path)
      state.pruned = (state.pruned ?? 0) + removed
      if (removed > 0) ports.say('removed what no backup needs', { segments: removed })
    } catch (error) {
      ports.say('nothing was removed', { why: error instanceof OperatorError ? error.detail : String(error) })
    }
  }
}
