import { type Report, runSteps } from './graph.ts'
import { importArchive } from './images.ts'
import { ensurePart, killPart, type PartHealth, partHealth } from './lifecycle.ts'
import { withLock } from './lock.ts'
import { type PartName, partNames } from './parts.ts'
import { checkMachine, requireRoot } from './preflight.ts'
import { cacheDirectory, paths, STATE, TEMPORAL_ADDRESS, TEMPORAL_UI } from './settings.ts'
import { startSteps } from './start.ts'
import { stopSteps } from './stop.ts'

export type { Progress, Report } from './graph.ts'

/** What one needs to know to use the local cluster. */
export interface LocalCluster {
  readonly kubeconfig: string
  readonly temporalAddress: string
  readonly temporalUi: string
  /** Holds kubectl and temporal, among others. */
  readonly binDirectory: string
  readonly stateDirectory: string
  readonly cacheDirectory: string
}

/** Where the local cluster is, whether it runs or not. */
export const localCluster = (): LocalCluster => ({
  kubeconfig: paths.adminKubeconfig,
  temporalAddress: TEMPORAL_ADDRESS,
  temporalUi: TEMPORAL_UI,
  binDirectory: paths.bin,
  stateDirectory: STATE,
  cacheDirectory: cacheDirectory(),
})

const LOCK = 'cluster'
const waiting =
  (report: Report) =>
  (holder: string): void =>
    report({ step: 'lock', state: 'waiting', elapsedMs: 0, detail: `${holder} is starting or stopping the cluster` })

/**
 * Starts what is missing of the local cluster and resolves when all of it works. A part that already runs, is healthy
 * and has today's configuration is kept, whichever checkout started it; any other is replaced.
 */
export const startCluster = async (report: Report = () => undefined): Promise<LocalCluster> => {
  requireRoot()
  await withLock(
    LOCK,
    async () => {
      await checkMachine()
      await runSteps(startSteps, report)
    },
    waiting(report),
  )
  return localCluster()
}

/**
 * Stops the local cluster and leaves no process, mount, loop device, bridge, packet filter table or container behind.
 * Data stays for the next start, unless `purge` says to remove it and the caches.
 */
export const stopCluster = async (
  options: { readonly purge?: boolean } = {},
  report: Report = () => undefined,
): Promise<void> => {
  requireRoot()
  await withLock(LOCK, () => runSteps(stopSteps(options.purge ?? false), report), waiting(report))
}

/** Kills parts of the cluster without warning (SIGKILL), as a crash of the machine that they run on would. */
export const crashParts = async (names: readonly PartName[]): Promise<void> => {
  requireRoot()
  await withLock(LOCK, async () => {
    await Promise.all(names.map(killPart))
  })
}

/** Starts parts that were running before, and resolves when they work. */
export const startParts = async (names: readonly PartName[]): Promise<void> => {
  requireRoot()
  const { signal } = new AbortController()
  await withLock(LOCK, async () => {
    await Promise.all(names.map((name) => ensurePart(name, signal)))
  })
}

/** The state of every part at this moment. */
export const clusterStatus = async (): Promise<
  readonly { readonly part: PartName; readonly health: PartHealth; readonly pid?: number }[]
> => Promise.all(partNames.map(async (part) => ({ part, ...(await partHealth(part)) })))

/** Puts the images of an OCI or Docker archive into the cluster, once per content; returns their names. */
export const loadImage = async (_cluster: LocalCluster, archivePath: string): Promise<readonly string[]> =>
  importArchive(archivePath)
