import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { singleProgramImage } from './archive.ts'
import { ctr } from './containers.ts'
import { Problem } from './problem.ts'
import { PAUSE_IMAGE, paths } from './settings.ts'

const hashOfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** What containerd has now: digests by image name. */
const presentImages = async (): Promise<ReadonlyMap<string, string>> => {
  const listed = (await ctr(['images', 'list'])).stdout.split('\n').slice(1)
  return new Map(
    listed
      .map((line) => line.split(/\s+/))
      .flatMap(([name, , digest]): [string, string][] => (name && digest ? [[name, digest]] : [])),
  )
}

const recordOf = (hash: string): string => join(paths.images, `${hash}.json`)

/** The images that an archive put in place when it was imported; they may have been replaced since. */
const recorded = async (hash: string): Promise<Readonly<Record<string, string>> | undefined> =>
  existsSync(recordOf(hash))
    ? (JSON.parse(await readFile(recordOf(hash), 'utf8')) as Record<string, string>)
    : undefined

/**
 * Puts the images of an OCI or Docker archive into the cluster and returns their names. An archive whose images are
 * in place, by content, is not imported again.
 */
export const importArchive = async (archive: string): Promise<readonly string[]> => {
  if (!existsSync(archive)) throw new Problem(`there is no file ${archive}`, 'name an OCI or Docker image archive')
  const hash = await hashOfFile(archive)
  const before = await presentImages()
  const known = await recorded(hash)
  if (known && Object.entries(known).every(([name, digest]) => before.get(name) === digest)) return Object.keys(known)
  const result = await ctr(['images', 'import', archive], 10 * 60_000)
  const names = [...result.stdout.matchAll(/^unpacking (\S+) \(/gm)].map(([, name = '']) => name)
  if (result.code !== 0 || names.length === 0)
    throw new Problem(
      `${archive} cannot be imported: ${(result.stderr || result.stdout).trim().split('\n').slice(-3).join(' ')}`,
      'check that it is an OCI or Docker archive whose images have names, and that the cluster is up (make status)',
    )
  const after = await presentImages()
  await mkdir(paths.images, { recursive: true })
  const record = Object.fromEntries(names.map((name) => [name, after.get(name) ?? '']))
  await writeFile(`${recordOf(hash)}.new`, JSON.stringify(record))
  await rename(`${recordOf(hash)}.new`, recordOf(hash))
  return names
}

/** Puts the image into the cluster whose program holds the namespaces of every pod. */
export const ensurePauseImage = async (program: string): Promise<void> => {
  await mkdir(paths.images, { recursive: true })
  const archive = join(paths.images, 'pause.tar')
  await writeFile(archive, singleProgramImage(PAUSE_IMAGE, await readFile(program)))
  await importArchive(archive)
}
