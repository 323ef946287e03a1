import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { applyAddons } from './addons.ts'
import { type BinaryModule, ensureBinaries } from './binaries.ts'
import { ensureCertificates } from './certificates.ts'
import { ensureCgroups } from './cgroups.ts'
import { writeConfiguration } from './configuration.ts'
import { type Step, work } from './graph.ts'
import { ensurePauseImage } from './images.ts'
import { ensurePart } from './lifecycle.ts'
import { unmountBelow } from './mounts.ts'
import { ensureNetwork } from './network.ts'
import { ensurePackages } from './packages.ts'
import type { PartName } from './parts.ts'
import { findProcess } from './process.ts'
import { paths } from './settings.ts'
import { listShims } from './shims.ts'
import { mountVolumes } from './volumes.ts'

/** Programs are run under names that stay, so that a cache at another place changes nothing. */
const linkBinaries = async (directory: string): Promise<void> => {
  await mkdir(paths.bin, { recursive: true })
  for (const program of await readdir(directory)) {
    const unfinished = join(paths.bin, `.${program}.new`)
    await rm(unfinished, { force: true })
    await symlink(join(directory, program), unfinished)
    await rename(unfinished, join(paths.bin, program))
  }
}

const binaries = (name: BinaryModule, after: readonly string[]): Step => ({
  after,
  run: async ({ signal, tell }) => {
    const began = Date.now()
    await linkBinaries(await ensureBinaries(name, () => tell('compiling'), signal))
    return Date.now() - began > 1000 ? 'compiled' : 'cached'
  },
})

const part = (name: PartName, after: readonly string[]): Step => ({
  after,
  run: async ({ signal }) => ensurePart(name, signal),
})

/** When containerd and all it started are gone, what it had mounted is left over from a crash. */
const clearContainerdState = async (): Promise<void> => {
  if (findProcess('containerd') || listShims().length > 0) return
  await unmountBelow(paths.containerdState)
  await rm(paths.containerdState, { recursive: true, force: true })
}

/** Everything that has to be done to have the cluster, and in which order. On 2 cores one build at a time is fastest. */
export const startSteps: Readonly<Record<string, Step>> = {
  packages: {
    after: [],
    run: async ({ signal, tell }) => {
      await ensurePackages((missing) => tell(`installing ${missing.join(' ')}`), signal)
      return undefined
    },
  },
  'build kubernetes': binaries('kubernetes', []),
  'build temporal': binaries('temporal', ['build kubernetes']),
  'build coredns': binaries('coredns', ['build temporal']),
  'build pause': binaries('pause', ['build coredns']),
  configuration: work([], async () => {
    await mkdir(paths.volumes, { recursive: true, mode: 0o700 })
    await mkdir(paths.etcd, { recursive: true, mode: 0o700 })
    await mkdir(paths.temporal, { recursive: true, mode: 0o700 })
    await ensureCertificates()
    await writeConfiguration()
  }),
  network: work(['packages'], async () => {
    await ensureNetwork()
    await ensureCgroups()
  }),
  volumes: work(['packages'], mountVolumes),
  etcd: part('etcd', ['build kubernetes', 'configuration']),
  containerd: {
    after: ['packages', 'configuration'],
    run: async ({ signal }) => {
      await clearContainerdState()
      return ensurePart('containerd', signal)
    },
  },
  'pause image': work(['containerd', 'build pause'], () => ensurePauseImage(join(paths.bin, 'pause'))),
  apiserver: part('apiserver', ['etcd', 'network']),
  'cluster objects': work(['apiserver'], () => applyAddons()),
  'controller-manager': part('controller-manager', ['apiserver']),
  scheduler: part('scheduler', ['apiserver']),
  storage: part('storage', ['cluster objects', 'volumes']),
  // A pod that starts before its volume is mounted would wait for it, before the pause image is there it would fail.
  kubelet: part('kubelet', ['apiserver', 'containerd', 'pause image', 'volumes']),
  // It waits 30 s for its node and calls itself unhealthy without one: it begins with the kubelet, which makes the node.
  'kube-proxy': part('kube-proxy', ['apiserver', 'containerd', 'pause image', 'volumes']),
  dns: part('dns', ['cluster objects', 'build coredns']),
  temporal: part('temporal', ['build temporal', 'network', 'configuration']),
}
