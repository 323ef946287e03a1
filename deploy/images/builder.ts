import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, type CommandResult, run } from '../local/command.ts'
import { Problem } from '../local/problem.ts'
import { cacheDirectory } from '../local/settings.ts'

/** A program that builds a Containerfile, with an image store of its own. */
export interface Builder {
  readonly name: 'buildah' | 'podman' | 'docker'
  readonly has: (reference: string) => Promise<boolean>
  /** Whether the image could be pulled; a registry out of reach is not an error. */
  readonly pull: (reference: string) => Promise<boolean>
  readonly load: (archive: string, reference: string) => Promise<void>
  readonly build: (context: string, containerfile: string, base: string, reference: string) => Promise<void>
  readonly save: (reference: string, archive: string) => Promise<void>
  /** Removes what older builds left behind, where the store is ours alone. */
  readonly prune: () => Promise<void>
}

const LONG = { timeoutMs: 15 * 60_000 }
const ok = async (result: Promise<CommandResult>): Promise<boolean> => (await result).code === 0

/** Its store is in our cache: another one would be left with images that nobody asked for. */
const buildah = async (): Promise<Builder | undefined> => {
  if (!(await ok(attempt(['buildah', '--version'])))) return undefined
  const store = join(cacheDirectory(), 'buildah')
  await mkdir(store, { recursive: true })
  const command = (driver: string): readonly string[] => [
    'buildah',
    ...['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', driver],
  ]
  // overlay takes a third of the time, but does not work where the cache is on an overlay itself.
  const overlays = await ok(attempt([...command('overlay'), 'images', '--quiet']))
  const base = command(overlays ? 'overlay' : 'vfs')
  return {
    name: 'buildah',
    has: async (reference) =>
      ok(attempt([...base, 'inspect', '--type', 'image', '--format', '{{.FromImageID}}', reference])),
    pull: async (reference) => ok(attempt([...base, 'pull', '--quiet', reference], { timeoutMs: 180_000 })),
    load: async (archive, reference) => {
      const id =
        (await run([...base, 'pull', '--quiet', `oci-archive:${archive}`], LONG)).trim().split('\n').at(-1) ?? ''
      await run([...base, 'tag', id, reference])
    },
    build: async (context, containerfile, from, reference) => {
      const options = ['--quiet', '--pull-never', '--layers', '--isolation', 'chroot', '--build-arg', `BASE=${from}`]
      await run([...base, 'bud', ...options, '--file', containerfile, '--tag', reference, context], LONG)
    },
    save: async (reference, archive) => {
      await run([...base, 'push', '--quiet', reference, `oci-archive:${archive}:${reference}`], LONG)
    },
    prune: async () => void (await attempt([...base, 'rmi', '--prune'], LONG)),
  }
}

const daemonlike = async (name: 'podman' | 'docker'): Promise<Builder | undefined> => {
  // docker's client is often there without its daemon.
  if (!(await ok(attempt([name, 'info'], { timeoutMs: 20_000 })))) return undefined
  const format = name === 'podman' ? ['--format', 'oci-archive'] : []
  return {
    name,
    has: async (reference) => ok(attempt([name, 'image', 'inspect', reference])),
    pull: async (reference) => ok(attempt([name, 'pull', '--quiet', reference], { timeoutMs: 180_000 })),
    load: async (archive, reference) => {
      const loaded = /Loaded image[^:]*: *(\S+)/.exec(await run([name, 'load', '--input', archive], LONG))?.[1]
      if (loaded) await run([name, 'tag', loaded, reference])
    },
    build: async (context, containerfile, from, reference) => {
      const options = ['--quiet', '--build-arg', `BASE=${from}`, '--file', containerfile, '--tag', reference]
      await run([name, 'build', ...options, context], LONG)
    },
    save: async (reference, archive) => {
      await run([name, 'save', ...format, '--output', archive, reference], LONG)
    },
    prune: async () => undefined,
  }
}

const firstThatWorks = async (): Promise<Builder | undefined> =>
  (await buildah()) ?? (await daemonlike('podman')) ?? (await daemonlike('docker'))

/** Whether this machine can build a Containerfile as it is. */
export const canBuild = async (): Promise<boolean> => (await firstThatWorks()) !== undefined

/** The first of buildah, podman and docker that works on this machine. */
export const findBuilder = async (): Promise<Builder> => {
  const builder = await firstThatWorks()
  if (builder) return builder
  throw new Problem(
    'neither buildah nor podman nor docker works here, and one of them has to build the image',
    'install buildah: apt-get install buildah',
  )
}
