import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../local/lock.ts'
import { cacheDirectory } from '../local/settings.ts'

/** An image in a file that containerd, podman and docker can load. */
export interface ImageArchive {
  readonly reference: string
  readonly path: string
  /** Names what the image was made from: another id, another content. */
  readonly id: string
}

/** Tells a person what takes time. */
export type Tell = (detail: string) => void

/** So many archives of one name are kept; the one used longest ago goes first. */
const KEPT = 3

export const archiveDirectory = (): string => join(cacheDirectory(), 'images')

const isOf = (name: string, file: string): boolean =>
  file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.tar$/.test(file.slice(name.length + 1))

const removeOldest = async (name: string): Promise<void> => {
  const files = (await readdir(archiveDirectory())).filter((file) => isOf(name, file))
  const dated = await Promise.all(
    files.map(async (file) => ({ file, used: (await stat(join(archiveDirectory(), file))).mtimeMs })),
  )
  const superfluous = dated.sort((a, b) => b.used - a.used).slice(KEPT)
  await Promise.all(superfluous.map(({ file }) => rm(join(archiveDirectory(), file), { force: true })))
}

const flush = async (path: string): Promise<void> => {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The cached archive of these inputs, if there is one. */
export const findArchive = async (name: string, reference: string, id: string): Promise<ImageArchive | undefined> => {
  const path = join(archiveDirectory(), `${name}-${id}.tar`)
  if (!existsSync(path)) return undefined
  await utimes(path, new Date(), new Date())
  return { reference, path, id }
}

/**
 * The archive of an image, built unless one of the same inputs is cached. `build` writes to a directory of its own,
 * which is moved into place once complete, so a build that was killed leaves nothing that could be taken for an image.
 */
export const ensureArchive = async (
  name: string,
  reference: string,
  id: string,
  build: (workDirectory: string, target: string) => Promise<void>,
  tell: Tell,
): Promise<ImageArchive> =>
  withLock(
    `image-${name}`,
    async () => {
      const known = await findArchive(name, reference, id)
      if (known) return known
      const work = join(archiveDirectory(), `.building-${name}`)
      await rm(work, { recursive: true, force: true })
      await mkdir(work, { recursive: true })
      const unfinished = join(work, 'image.tar')
      const path = join(archiveDirectory(), `${name}-${id}.tar`)
      try {
        await build(work, unfinished)
        await flush(unfinished)
        await rename(unfinished, path)
      } finally {
        await rm(work, { recursive: true, force: true })
      }
      await removeOldest(name)
      return { reference, path, id }
    },
    (holder) => tell(`waiting for ${holder}, which builds it`),
  )
