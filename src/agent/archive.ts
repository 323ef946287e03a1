import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import { OperatorError } from '../domain/errors.ts'

/** Files are read and written in pieces of this size. */
const PIECE = 2 ** 20

/**
 * What is of a server and not of its data: another one that starts on the copy makes its own. Keys of certificates are secret,
 * and auto.cnf would give two servers one identity.
 */
const NOT_DATA =
  /^(auto\.cnf|mysqld-auto\.cnf(\.backup)?|.*\.pem|.*\.pid|.*\.err|ibtmp\d*|#innodb_temp\/.*|binlog\..*|relay.*\.\d+)$/

/** What an archive holds, counted while it is made or unpacked. */
export interface Content {
  files: number
  bytes: number
}

/** Packs a directory that nobody writes to as a stream of tar; `content` is right once that has ended. */
export const packDirectory = (root: string, content: Content): Readable => {
  const stream = pack({ highWaterMark: PIECE })
  const add = async (): Promise<void> => {
    const found = await readdir(root, { recursive: true, withFileTypes: true })
    const names = found
      .map((entry) => ({ entry, name: join(entry.parentPath, entry.name).slice(root.length + 1) }))
      .filter(({ name }) => !NOT_DATA.test(name))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    for (const { entry, name } of names) {
      if (entry.isDirectory()) {
        stream.entry({ name, type: 'directory', mode: 0o750 })
        continue
      }
      if (!entry.isFile()) continue
      const path = join(root, name)
      const { size } = await stat(path)
      content.files += 1
      content.bytes += size
      const file = stream.entry({ name, size, mode: 0o640 })
      await pipeline(createReadStream(path, { highWaterMark: PIECE }), file)
    }
    stream.finalize()
  }
  add().catch((error: Error) => stream.destroy(error))
  return stream as unknown as Readable
}

/** Throws BackupBroken where the name of an entry leads out of the directory. */
const inside = (root: string, name: string): string => {
  const path = normalize(join(root, name))
  if (path !== root && !path.startsWith(`${root}/`))
    throw new OperatorError('BackupBroken', `an entry of the archive is called ${name}`)
  return path
}

/** Unpacks a stream of tar into a directory. Resolves with what it held. */
export const unpackInto = async (root: string, stream: AsyncIterable<Uint8Array>): Promise<Content> => {
  const content: Content = { files: 0, bytes: 0 }
  const entries = extract()
  const fed = pipeline(stream, entries as unknown as NodeJS.WritableStream)
  // An entry that is being read when the stream fails would wait for its rest for ever.
  const stop = new AbortController()
  fed.catch((error: unknown) => stop.abort(error))
  const { signal } = stop
  for await (const entry of entries) {
    const { name, type, size = 0 } = entry.header
    const path = inside(root, name)
    if (type === 'directory') {
      await mkdir(path, { recursive: true, mode: 0o750 })
      entry.resume()
      continue
    }
    if (type !== 'file') throw new OperatorError('BackupBroken', `an entry of the archive, ${name}, is a ${type}`)
    await mkdir(dirname(path), { recursive: true, mode: 0o750 })
    const file = createWriteStream(path, { mode: 0o640, highWaterMark: PIECE })
    await pipeline(entry as unknown as Readable, file, { signal })
    content.files += 1
    content.bytes += size
  }
  await fed
  return content
}
