import { readdir, readlink, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeCgroups } from './cgroups.ts'
import { removeContainers } from './containers.ts'
import { type Step, work } from './graph.ts'
import { ensurePart, stopPart } from './lifecycle.ts'
import { detachLoops, mountsBelow, unmountBelow } from './mounts.ts'
import { removeNetwork } from './network.ts'
import { partNames } from './parts.ts'
import { Problem } from './problem.ts'
import { findProcess } from './process.ts'
import { cacheDirectory, paths, STATE } from './settings.ts'
import { killShims, listShims } from './shims.ts'

/** Containers whose containerd was killed go on running; only a containerd can end them in good order. */
const endContainers = async (signal: AbortSignal): Promise<void> => {
  if (!findProcess('containerd') && listShims().length > 0)
    await ensurePart('containerd', signal).catch(() => undefined)
  if (findProcess('containerd')) await removeContainers()
  await stopPart('containerd')
}

/** The kubelet links logs of containers into a directory of the machine. */
const removeLogLinks = async (): Promise<void> => {
  const directory = '/var/log/containers'
  for (const file of await readdir(directory).catch(() => [])) {
    const target = await readlink(join(directory, file)).catch(() => '')
    if (target.startsWith(`${paths.podLogs}/`)) await rm(join(directory, file), { force: true })
  }
}

const removeData = async (): Promise<void> => {
  // Below a mount of a pod can be files of the machine: these are never to be removed.
  const mounted = mountsBelow(STATE)
  if (mounted.length > 0)
    throw new Problem(`${mounted.join(', ')} cannot be unmounted`, 'end the processes that use it and try again')
  await removeLogLinks()
  for (const directory of [STATE, cacheDirectory()]) {
    // The directory itself may be where someone has mounted a disk.
    for (const entry of await readdir(directory).catch(() => []))
      await rm(join(directory, entry), { recursive: true, force: true })
    await rmdir(directory).catch(() => undefined)
  }
}

const CONTROLLERS = ['storage', 'controller-manager', 'scheduler', 'kube-proxy', 'temporal', 'kubelet'] as const

/** Everything that has to be done to leave nothing behind, and in which order. Each is fine with nothing to do. */
export const stopSteps = (purge: boolean): Readonly<Record<string, Step>> => ({
  // First those that would start again what is being ended.
  ...Object.fromEntries(CONTROLLERS.map((name) => [name, work([], () => stopPart(name))])),
  containers: {
    after: ['kubelet'],
    run: async ({ signal }) => {
      await endContainers(signal)
      killShims()
      await removeCgroups()
      return undefined
    },
  },
  apiserver: work([...CONTROLLERS], () => stopPart('apiserver')),
  etcd: work(['apiserver'], () => stopPart('etcd')),
  dns: work(['containers'], () => stopPart('dns')),
  mounts: work(['containers', 'storage'], async () => {
    await unmountBelow(STATE)
    await detachLoops(paths.volumes)
  }),
  network: work(['containers', 'dns', 'apiserver', 'kube-proxy', 'temporal'], removeNetwork),
  ...(purge
    ? { data: work(['mounts', 'network', ...partNames.filter((name) => name !== 'containerd')], removeData) }
    : {}),
})
