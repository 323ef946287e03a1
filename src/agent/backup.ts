import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import type { Clock } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import type { ObjectStore } from '../objectstore/port.ts'
import { type Content, packDirectory } from './archive.ts'
import { MANIFEST, type Manifest, ManifestSchema, type Sample, saidBy } from './manifest.ts'
import { patiently, sendParts } from './parts.ts'
import { heard, heardSamples } from './said.ts'
import { createSealer, openSealer, type Sealer } from './sealing.ts'
import type { BackupTask } from './task.ts'

/** Fast: with more it takes longer than most stores do. */
const LEVEL = 3

/** Where the copy is, and what the server that was started on it said of it. */
export interface Copy {
  readonly data: string
  /** A directory with the files `gtids`, `version` and `tables`. */
  readonly said: string
}

export interface AgentPorts {
  readonly store: ObjectStore
  /** What is stored is encrypted with it, where the store declares so. */
  readonly key?: Uint8Array
  readonly clock: Clock
  readonly say: (doing: string, done: object) => void
}

const utf8 = (body: Uint8Array): string => Buffer.from(body).toString('utf8')

/** Reads the manifest of a backup; undefined when there is none. Throws BackupBroken when it is not one. */
export const readManifest = async ({ store, clock }: AgentPorts, path: string): Promise<Manifest | undefined> => {
  const key = `${path}/${MANIFEST}`
  const body = await patiently(clock, () => store.get(key))
  if (!body) return undefined
  try {
    return ManifestSchema.parse(JSON.parse(utf8(body)))
  } catch (error) {
    throw new OperatorError('BackupBroken', `${key} is no manifest of a backup`, { cause: error })
  }
}

/**
 * What the parts of a backup are opened with; undefined when they are not encrypted. Throws WrongKey, or BackupBroken where anything of
 * the manifest was changed: also when it says that a backup of a store that encrypts is not encrypted.
 */
export const sealerOf = ({ key }: AgentPorts, path: string, manifest: Manifest): Sealer | undefined => {
  const { encryption } = manifest
  if (encryption && !key) throw new OperatorError('WrongKey', `${path} is encrypted, and its store names no key`)
  if (!encryption && key)
    throw new OperatorError('BackupBroken', `${path} is not encrypted, as all that its store has should be`)
  return encryption && key ? openSealer(key, encryption, saidBy(manifest)) : undefined
}

const prefixOf = ({ attempt }: Pick<BackupTask, 'attempt'>): string => `data-${attempt}`

/** Removes what earlier tries have left, and never what a later one has sent: this one may be the one that is late. */
const sweep = async ({ store, clock }: AgentPorts, { path, attempt }: BackupTask): Promise<void> => {
  for (let earlier = 1; earlier < attempt; earlier += 1) {
    const found = await patiently(clock, () => store.list(`${path}/${prefixOf({ attempt: earlier })}/`))
    for (const { key } of found) await patiently(clock, () => store.remove(key))
  }
}

/** Removes what a try that failed has sent, as far as the store lets it: nobody would ever use it. */
const abandon = async ({ store }: AgentPorts, task: BackupTask): Promise<void> => {
  try {
    for (const { key } of await store.list(`${task.path}/${prefixOf(task)}/`)) await store.remove(key)
  } catch {
    // What the try failed with is the news, and not this.
  }
}

/** A copy as it is stored: a stream, what it holds once that has ended, and what its server said of it. */
export interface Packed extends Pick<Manifest, 'gtids' | 'version'> {
  readonly tables?: readonly Sample[]
  readonly content: Content
  readonly stream: AsyncIterable<Uint8Array>
}

const packed = async (copy: Copy): Promise<Packed> => {
  const [gtids, version, tables] = await Promise.all([
    heard(copy.said, 'gtids'),
    heard(copy.said, 'version'),
    heardSamples(copy.said),
  ])
  const content: Content = { files: 0, bytes: 0 }
  const compress = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  })
  const packing = pipeline(packDirectory(copy.data, content), compress)
  // What it fails with is thrown by whoever reads from it.
  packing.catch(() => undefined)
  return { gtids, version, content, stream: compress, ...(tables ? { tables } : {}) }
}

/** Sends a copy of a member's data, as parts with keys of this try alone, and resolves with the manifest that makes them a backup. */
const bring = async (
  ports: AgentPorts,
  task: BackupTask,
  open: () => Promise<Packed>,
  partBytes?: number,
): Promise<Manifest> => {
  const { store, clock, say, key } = ports
  const { path, cluster, backup, donor } = task
  const startedAt = new Date(clock.now()).toISOString()
  const { gtids, version, tables, content, stream } = await open()
  let sent = 0
  const where = { path, prefix: prefixOf(task), ...(partBytes ? { partBytes } : {}) }
  const sealer = key && createSealer(key)
  const sending = { ...where, ...(sealer ? { sealer } : {}) }
  const parts = await sendParts(store, clock, stream, sending, ({ bytes }) => {
    sent += bytes
    say('uploading', { read: content.bytes, sent })
  })
  const manifest: Manifest = {
    v: 1,
    ...{ cluster, backup, donor, version, gtids, startedAt },
    ...(tables ? { tables: [...tables] } : {}),
    finishedAt: new Date(clock.now()).toISOString(),
    ...content,
    storedBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    parts: [...parts],
    tools: { node: process.versions.node, zstd: process.versions['zstd'] ?? '' },
  }
  return ManifestSchema.parse(sealer ? { ...manifest, encryption: sealer.describe(saidBy(manifest)) } : manifest)
}

/** Writes the manifest. Unless the store refused it at once, it may be there whatever was answered, and then the parts belong to it. */
const publish = async (ports: AgentPorts, task: BackupTask, manifest: Manifest): Promise<void> => {
  const body = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  let tries = 0
  try {
    await patiently(ports.clock, () => {
      tries += 1
      return ports.store.put(`${task.path}/${MANIFEST}`, body)
    })
  } catch (error) {
    if (tries === 1 && error instanceof OperatorError && !error.retryable) await abandon(ports, task)
    throw error
  }
}

/**
 * Makes a backup of what `open` opens. The manifest is written last: a try that dies, or one that goes on beside another, harms nothing. One that
 * is complete already is left as it is; what a failure has left is removed, unless a manifest may name it.
 */
export const storePacked = async (
  ports: AgentPorts,
  task: BackupTask,
  open: () => Promise<Packed>,
  partBytes?: number,
): Promise<Manifest> => {
  const before = await readManifest(ports, task.path)
  if (before) return before
  let manifest: Manifest
  let other: Manifest | undefined
  try {
    manifest = await bring(ports, task, open, partBytes)
    other = await readManifest(ports, task.path)
  } catch (error) {
    await abandon(ports, task)
    throw error
  }
  // A later try has ended meanwhile, on another node. It has removed the parts of this one, or will not.
  if (other) {
    await abandon(ports, task)
    return other
  }
  await publish(ports, task, manifest)
  // It is made. What earlier tries have left is removed with it at the latest.
  await sweep(ports, task).catch(() => undefined)
  return manifest
}

/** Makes a backup of a copy, as `storePacked` promises. */
export const backUp = (ports: AgentPorts, task: BackupTask, copy: Copy, partBytes?: number): Promise<Manifest> =>
  storePacked(ports, task, () => packed(copy), partBytes)
