import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { detachLoops, isMounted, loopsOf, unmountBelow } from './mounts.ts'
import { paths } from './settings.ts'

/** What xfsprogs refuses to go below. */
export const MINIMUM_BYTES = 300 * 1024 * 1024
const BLOCK_BYTES = 4096

const directory = (name: string): string => join(paths.volumes, name)
const diskFile = (name: string): string => join(directory(name), 'disk.img')
const mountPoint = (name: string): string => join(directory(name), 'mount')

/**
 * The directory that pods see. It is inside the file system and not its root: when the volume is not mounted the
 * directory does not exist, and a pod waits instead of writing to the machine's disk.
 */
export const dataDirectory = (name: string): string => join(mountPoint(name), 'data')

/** The size a volume gets when `bytes` are asked for. */
export const volumeSize = (bytes: number): number =>
  Math.ceil(Math.max(bytes, MINIMUM_BYTES) / BLOCK_BYTES) * BLOCK_BYTES

const mountVolume = async (name: string): Promise<void> => {
  if (isMounted(mountPoint(name))) return
  await mkdir(mountPoint(name), { recursive: true })
  // The kernel frees the loop device with the last mount.
  await run(['mount', '-t', 'xfs', '-o', 'loop,noatime', diskFile(name), mountPoint(name)])
}

/** Makes a volume of `bytes` (a sparse file with an XFS in it) and mounts it. Repeatable after a crash at any step. */
export const createVolume = async (name: string, bytes: number): Promise<void> => {
  await mkdir(directory(name), { recursive: true })
  if (!existsSync(diskFile(name))) {
    const unfinished = `${diskFile(name)}.new`
    await rm(unfinished, { force: true })
    const file = await open(unfinished, 'wx', 0o600)
    await file.truncate(volumeSize(bytes))
    await file.close()
    await run(['mkfs.xfs', '-q', '-f', unfinished])
    await rename(unfinished, diskFile(name))
  }
  await mountVolume(name)
  await mkdir(dataDirectory(name), { recursive: true, mode: 0o755 })
}

/** Makes a volume larger while it is in use; smaller is not possible and changes nothing. */
export const growVolume = async (name: string, bytes: number): Promise<void> => {
  await mountVolume(name)
  const wanted = volumeSize(bytes)
  if ((await stat(diskFile(name))).size < wanted) {
    const file = await open(diskFile(name), 'r+')
    await file.truncate(wanted)
    await file.close()
  }
  for (const device of loopsOf(diskFile(name))) await run(['losetup', '-c', device])
  await run(['xfs_growfs', mountPoint(name)])
}

/** Removes a volume and its data. Nothing to remove is fine. */
export const removeVolume = async (name: string): Promise<void> => {
  await unmountBelow(directory(name))
  await detachLoops(directory(name))
  await rm(directory(name), { recursive: true, force: true })
}

/** The names of all volumes that exist on disk, finished or not. */
export const listVolumes = async (): Promise<readonly string[]> => readdir(paths.volumes).catch(() => [])

/** Mounts every finished volume: after a stop or a crash of the machine, and before the kubelet starts pods. */
export const mountVolumes = async (): Promise<void> => {
  const names = await listVolumes()
  await Promise.all(names.filter((name) => existsSync(diskFile(name))).map(mountVolume))
}
