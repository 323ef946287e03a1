import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { binariesExist } from './binaries.ts'
import { portHolder } from './listeners.ts'
import { partNames, parts } from './parts.ts'
import { Problem } from './problem.ts'
import { findProcess } from './process.ts'
import { cacheDirectory, STATE } from './settings.ts'

const GIB = 1024 ** 3
const MEMORY_GIB = 6
const DISK_GIB = 5
const BUILD_DISK_GIB = 12

/** Rejects when this is not a machine and a user that can have a local cluster. */
export const requireRoot = (): void => {
  if (process.platform !== 'linux')
    throw new Problem('the local cluster runs on Linux only', 'use a Debian 12 machine, or another cluster: CONTEXT=…')
  if (process.getuid?.() !== 0)
    throw new Problem(
      'the local cluster needs root: it makes mounts, bridges and cgroups',
      'run it with sudo, or as root',
    )
}

const requireMemory = (): void => {
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
  if (available < MEMORY_GIB * GIB)
    throw new Problem(
      `${(available / GIB).toFixed(1)} GiB of memory are free, the local cluster needs ${MEMORY_GIB}`,
      'end other programs or use a larger machine',
    )
}

const requireDisk = (directory: string, gib: number): void => {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize < gib * GIB)
    throw new Problem(
      `${((bavail * bsize) / GIB).toFixed(1)} GiB are free on the disk of ${directory}, ${gib} are needed`,
      'remove files; "make down purge=1" removes data and caches of the local cluster',
    )
}

const requirePorts = (): void => {
  for (const name of partNames) {
    if (findProcess(name)) continue
    for (const { address, port } of parts[name].ports) {
      const holder = portHolder(address, port)
      if (holder)
        throw new Problem(
          `${name} needs port ${port} on ${address}, where ${holder} listens`,
          'stop that process; when it is of an older local cluster, "make down" does',
        )
    }
  }
}

/** Rejects with problem and remedy when the machine cannot carry the cluster. */
export const checkMachine = async (): Promise<void> => {
  requireRoot()
  await mkdir(STATE, { recursive: true, mode: 0o755 })
  await mkdir(cacheDirectory(), { recursive: true })
  // A cluster that runs has its memory already.
  if (!findProcess('kubelet')) requireMemory()
  requireDisk(STATE, DISK_GIB)
  const built = await binariesExist('kubernetes')
  if (!built) requireDisk(cacheDirectory(), BUILD_DISK_GIB)
  if (!existsSync('/sys/fs/cgroup'))
    throw new Problem('cgroups are not mounted at /sys/fs/cgroup', 'mount them (cgroup2, or the version 1 controllers)')
  requirePorts()
}
