import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from './command.ts'
import { withLock } from './lock.ts'
import { Problem } from './problem.ts'
import { cacheDirectory } from './settings.ts'

const KUBERNETES_VERSION = 'v1.34.10'
const [KUBERNETES_MAJOR, KUBERNETES_MINOR] = KUBERNETES_VERSION.slice(1).split('.')
const KUBERNETES_COMMANDS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
] as const

interface GoModule {
  readonly packages: readonly string[]
  readonly linkerFlags: string
  /** Go names a binary after its package; these are the names we want instead. */
  readonly renamed: Readonly<Record<string, string>>
}

const modules = {
  kubernetes: {
    packages: [...KUBERNETES_COMMANDS.map((name) => `k8s.io/kubernetes/cmd/${name}`), 'go.etcd.io/etcd/server/v3'],
    linkerFlags: [
      '-s -w',
      `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
      `-X k8s.io/component-base/version.gitMajor=${KUBERNETES_MAJOR}`,
      `-X k8s.io/component-base/version.gitMinor=${KUBERNETES_MINOR}`,
      `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
    ].join(' '),
    renamed: { server: 'etcd', v3: 'etcd' },
  },
  temporal: { packages: ['github.com/temporalio/cli/cmd/temporal'], linkerFlags: '-s -w', renamed: {} },
  coredns: { packages: ['.'], linkerFlags: '-s -w', renamed: {} },
  pause: { packages: ['.'], linkerFlags: '-s -w', renamed: {} },
  // Not of the cluster itself: an object store for who tries backups, and for tests.
  versitygw: { packages: ['github.com/versity/versitygw/cmd/versitygw'], linkerFlags: '-s -w', renamed: {} },
} as const satisfies Record<string, GoModule>

export type BinaryModule = keyof typeof modules
export const binaryModules = Object.keys(modules) as readonly BinaryModule[]

const sourceDirectory = (name: BinaryModule): string => join(import.meta.dirname, 'go', name)

const moduleHash = async (name: BinaryModule): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(modules[name])).update(process.arch)
  for (const file of (await readdir(sourceDirectory(name))).sort()) {
    if (/\.(go|mod|sum)$/.test(file)) hash.update(file).update(await readFile(join(sourceDirectory(name), file)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** The directory in which the binaries of a module are (or will be), named after everything they depend on. */
export const binariesDirectory = async (name: BinaryModule): Promise<string> =>
  join(cacheDirectory(), 'bin', `${name}-${await moduleHash(name)}`)

/** Whether the binaries of a module are there, complete and current. */
export const binariesExist = async (name: BinaryModule): Promise<boolean> => existsSync(await binariesDirectory(name))

const goCommand = async (): Promise<string> => {
  for (const candidate of ['go', '/usr/local/go/bin/go']) {
    const version = /go1\.(\d+)/.exec((await attempt([candidate, 'version'], { cwd: '/' })).stdout)?.[1]
    // Go 1.21 is the first that fetches the toolchain a go.mod asks for.
    if (version && Number(version) >= 21) return candidate
  }
  throw new Problem(
    'Go is missing or too old: the binaries of the local cluster are built from source',
    'install Go 1.26 (https://go.dev/doc/install) and put it on the PATH',
  )
}

const build = async (name: BinaryModule, target: string, signal?: AbortSignal): Promise<void> => {
  const parent = join(cacheDirectory(), 'bin')
  await mkdir(parent, { recursive: true })
  // We hold the lock of this module, so whatever is half-built is nobody's.
  for (const entry of await readdir(parent))
    if (entry.startsWith(`.building-${name}-`)) await rm(join(parent, entry), { recursive: true, force: true })
  const unfinished = join(parent, `.building-${name}-${process.pid}`)
  await mkdir(unfinished)
  const { packages, linkerFlags, renamed }: GoModule = modules[name]
  const result = await attempt(
    [
      await goCommand(),
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-o',
      `${unfinished}/`,
      '-ldflags',
      linkerFlags,
      ...packages,
    ],
    { cwd: sourceDirectory(name), env: { CGO_ENABLED: '0', GOFLAGS: '' }, timeoutMs: 60 * 60_000, signal },
  )
  if (result.code !== 0)
    throw new Problem(
      `building ${name} failed:\n${result.stderr.trim().split('\n').slice(-20).join('\n')}`,
      'check the network (Go module proxy), disk and memory, then try again; what is compiled already is kept',
    )
  for (const [from, to] of Object.entries(renamed))
    if (existsSync(join(unfinished, from))) await rename(join(unfinished, from), join(unfinished, to))
  await run(['sync', '-f', unfinished])
  await rename(unfinished, target)
}

/**
 * Builds the binaries of one Go module unless they are in the cache, and returns their directory.
 * Callers in several processes are safe: one builds, the others wait for it.
 */
export const ensureBinaries = async (
  name: BinaryModule,
  onBuild: () => void = () => undefined,
  signal?: AbortSignal,
): Promise<string> => {
  const target = await binariesDirectory(name)
  if (existsSync(target)) return target
  return withLock(
    `build-${name}`,
    async () => {
      if (!existsSync(target)) {
        onBuild()
        await build(name, target, signal)
      }
      return target
    },
    onBuild,
    90 * 60_000,
  )
}
