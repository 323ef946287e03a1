import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../local/command.ts'
import { Problem } from '../local/problem.ts'
import { fingerprint } from './fingerprint.ts'
import { REPOSITORY } from './repository.ts'

interface InstalledPackage {
  readonly version?: string
  readonly dev?: boolean
}

/** What no program loads at run time, as patterns of tar: types, maps, sources and texts about them. */
const UNUSED = ['*.ts', '*.mts', '*.cts', '*.map', '*.md', '*.rs', '*.flow', 'node_modules/.bin', 'node_modules/@types']
const BRIDGE = 'node_modules/@temporalio/core-bridge'
const BRIDGE_SOURCES = ['sdk-core', 'bridge-macros', 'src', 'ts', 'scripts'].map((name) => `${BRIDGE}/${name}`)
const PLATFORMS = [
  'aarch64-apple-darwin',
  'x86_64-apple-darwin',
  'x86_64-pc-windows-msvc',
  'aarch64-unknown-linux-gnu',
  'x86_64-unknown-linux-gnu',
]

/** The images run on the architecture that they are built on. */
const otherPlatforms = (): readonly string[] => {
  const own = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`
  return PLATFORMS.filter((platform) => platform !== own).map((platform) => `${BRIDGE}/releases/${platform}`)
}

const excluded = (): readonly string[] => [...UNUSED, ...BRIDGE_SOURCES, ...otherPlatforms()]

/** npm notes beside the packages which of them it installed for development only. */
const installed = async (): Promise<readonly (readonly [path: string, InstalledPackage])[]> => {
  const path = join(REPOSITORY, 'node_modules', '.package-lock.json')
  try {
    const { packages } = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, InstalledPackage> }
    return Object.entries(packages)
  } catch (cause) {
    throw new Problem(`${path} cannot be read: ${String(cause)}`, 'run "npm ci" in the checkout')
  }
}

/** What the production modules consist of, as a name: packages, versions and what is left out of them. */
export const modulesId = async (): Promise<string> => {
  const production = (await installed()).filter(([, { dev }]) => !dev)
  return fingerprint(...production.map(([path, { version }]) => `${path}@${version}`), ...excluded(), process.arch)
}

/**
 * Copies what the operator needs of the installed `node_modules` into `directory`: exactly the versions that the
 * tests run with, without the network.
 */
export const copyModules = async (directory: string): Promise<void> => {
  const packages = await installed()
  const isNested = (path: string): boolean => path.lastIndexOf('node_modules/') > 0
  const wanted = packages.filter(([path, { dev }]) => !dev && !isNested(path)).map(([path]) => path)
  const unwanted = packages.filter(([path, { dev }]) => dev && isNested(path)).map(([path]) => path)
  const archive = join(directory, '.modules.tar')
  const skip = [...excluded(), ...unwanted].map((pattern) => `--exclude=${pattern}`)
  const options = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u+rw,go=rX']
  const create = ['tar', '-cf', archive, ...options, ...skip, '-C', REPOSITORY, '-T', '-']
  await run(create, { timeoutMs: 300_000, input: wanted.join('\n') })
  await run(['tar', '-xf', archive, '-C', directory], { timeoutMs: 300_000 })
  await rm(archive)
}
