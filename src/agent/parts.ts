import { createHash } from 'node:crypto'
import { type Clock, sleep } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import type { ObjectStore } from '../objectstore/port.ts'
import type { Part } from './manifest.ts'
import type { Sealer } from './sealing.ts'

/** A part is held in memory while it is sent, so that it can be sent again. */
export const PART_BYTES = 32 * 2 ** 20
/** So many parts are on their way at a time. */
const AT_ONCE = 2

/** How long a store that is away is waited for. */
const PATIENCE_MS = 10 * 60_000
const PAUSE_MS = 500
const PAUSE_MAX_MS = 15_000

/** Does `work` again, with growing pauses, as long as a store does not answer; what cannot help is thrown at once. */
export const patiently = async <T>(clock: Clock, work: () => Promise<T>): Promise<T> => {
  const until = clock.now() + PATIENCE_MS
  for (let pause = PAUSE_MS; ; pause = Math.min(pause * 2, PAUSE_MAX_MS)) {
    try {
      return await work()
    } catch (error) {
      const passes = error instanceof OperatorError && error.retryable
      if (!passes || clock.now() + pause > until) throw error
      await sleep(clock, pause)
    }
  }
}

export const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

/** Cuts a stream into pieces of `bytes`; only the last one may be shorter. */
export const cut = async function* (
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
  /** The same memory for each piece: whoever takes one is done with it when he asks for the next. */
  again = false,
): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(bytes)
  let filled = 0
  for await (const chunk of stream)
    for (let taken = 0; taken < chunk.length; ) {
      const room = Math.min(bytes - filled, chunk.length - taken)
      piece.set(chunk.subarray(taken, taken + room), filled)
      filled += room
      taken += room
      if (filled < bytes) continue
      yield piece
      if (!again) piece = Buffer.allocUnsafe(bytes)
      filled = 0
    }
  if (filled > 0) yield piece.subarray(0, filled)
}

/** Sends a stream to the store, part by part, as objects below `prefix`. Resolves with the parts, in their order. */
export const sendParts = async (
  store: ObjectStore,
  clock: Clock,
  stream: AsyncIterable<Uint8Array>,
  {
    path,
    prefix,
    partBytes = PART_BYTES,
    sealer,
  }: { readonly path: string; readonly prefix: string; readonly partBytes?: number; readonly sealer?: Sealer },
  onSent: (part: Part) => void,
): Promise<readonly Part[]> => {
  const parts: Part[] = []
  const underWay = new Set<Promise<void>>()
  try {
    for await (const piece of cut(stream, partBytes, sealer !== undefined)) {
      while (underWay.size >= AT_ONCE) await Promise.race(underWay)
      const body = sealer ? sealer.seal(parts.length, piece) : piece
      const part = {
        key: `${prefix}/${String(parts.length + 1).padStart(6, '0')}`,
        bytes: body.length,
        sha256: sha256(body),
      }
      parts.push(part)
      const sending = patiently(clock, () => store.put(`${path}/${part.key}`, body)).then(() => {
        underWay.delete(sending)
        onSent(part)
      })
      // Thrown where it is waited for.
      sending.catch(() => undefined)
      underWay.add(sending)
    }
    await Promise.all(underWay)
    return parts
  } catch (error) {
    // Whoever removes what was sent must find all of it.
    await Promise.allSettled(underWay)
    throw error
  }
}

/** Reads a part and proves that it is what was written. Throws BackupBroken when it is not. */
const receive = async (store: ObjectStore, clock: Clock, path: string, part: Part): Promise<Uint8Array> => {
  const body = await patiently(clock, () => store.get(`${path}/${part.key}`))
  if (!body) throw new OperatorError('BackupBroken', `${path}/${part.key} is missing`)
  if (body.length !== part.bytes)
    throw new OperatorError('BackupBroken', `${path}/${part.key} has ${body.length} bytes instead of ${part.bytes}`)
  if (sha256(body) !== part.sha256)
    throw new OperatorError('BackupBroken', `${path}/${part.key} was changed: its SHA-256 is another one`)
  return body
}

/** The parts as one stream again; each is proven before any of its bytes is given. The next one is read ahead. */
export const receiveParts = async function* (
  store: ObjectStore,
  clock: Clock,
  path: string,
  parts: readonly Part[],
  sealer: Sealer | undefined,
  onReceived: (part: Part) => void,
): AsyncGenerator<Uint8Array> {
  const read = (index: number): Promise<Uint8Array> | undefined => {
    const part = parts[index]
    const reading = part && receive(store, clock, path, part)
    // Thrown where it is waited for.
    reading?.catch(() => undefined)
    return reading
  }
  let next = read(0)
  for (const [index, part] of parts.entries()) {
    const body = await next
    next = read(index + 1)
    if (body) yield sealer ? sealer.open(index, body) : body
    onReceived(part)
  }
}
