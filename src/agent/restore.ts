import { mkdir, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { OperatorError } from '../domain/errors.ts'
import { unpackInto } from './archive.ts'
import { type AgentPorts, readManifest, sealerOf } from './backup.ts'
import { MANIFEST, type Manifest } from './manifest.ts'
import { receiveParts } from './parts.ts'
import type { RestoreTask } from './task.ts'

/**
 * Unpacks a backup into `target`, which is emptied first. Every part is proven by its SHA-256 before any of it is unpacked, and
 * in the end files and bytes are counted. `isDone`: an earlier run has brought them to their place already. Throws BackupBroken when anything is not what was written.
 */
export const restore = async (
  ports: AgentPorts,
  { path }: RestoreTask,
  target: string,
  isDone = false,
): Promise<Manifest> => {
  const { store, clock, say } = ports
  const manifest = await readManifest(ports, path)
  if (!manifest)
    throw new OperatorError('BackupMissing', `${path}/${MANIFEST} is missing: what is there is no whole backup`)
  const sealer = sealerOf(ports, path, manifest)
  if (isDone) return manifest
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true, mode: 0o750 })
  let received = 0
  let broken: unknown
  const parts = async function* () {
    try {
      yield* receiveParts(store, clock, path, manifest.parts, sealer, ({ bytes }) => {
        received += bytes
        say('unpacking', { received, of: manifest.storedBytes })
      })
    } catch (error) {
      broken = error
      throw error
    }
  }
  try {
    const decompress = createZstdDecompress()
    const feeding = pipeline(parts(), decompress)
    // What it fails with is thrown by whoever reads from it.
    feeding.catch(() => undefined)
    const content = await unpackInto(target, decompress)
    await feeding
    if (content.files !== manifest.files || content.bytes !== manifest.bytes)
      throw new OperatorError(
        'BackupBroken',
        `${path} unpacks to ${content.files} files of ${content.bytes} bytes instead of ${manifest.files} of ${manifest.bytes}`,
      )
    return manifest
  } catch (error) {
    const cause = broken ?? error
    if (cause instanceof OperatorError) throw cause
    // The fault of the volume, and not of what is stored.
    const { syscall, code } = cause as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new OperatorError('NoRoom', `unpacking ${path}: ${syscall ?? 'write'} ${code}`, { cause })
    if (syscall) throw new OperatorError('AgentFailed', `unpacking ${path}: ${syscall} ${code}`, { cause })
    throw new OperatorError('BackupBroken', `${path} cannot be unpacked: ${String(cause)}`, { cause })
  }
}
