import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { OperatorError } from '../domain/errors.ts'
import type { ObjectStore, StoredObject } from './port.ts'

/** What is being written has a name that no key has: it begins with a dot. */
const UNFINISHED = '.unfinished-'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const failure = (key: string, error: unknown): OperatorError => {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new OperatorError('StoreFull', `${key}: the volume is full (${code})`, { cause: error })
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new OperatorError('StoreDenied', `${key}: the volume cannot be written to (${code})`, { cause: error })
  return new OperatorError('StoreUnreachable', `${key}: ${code ?? 'the volume failed'}`, { cause: error })
}

const attempt = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw failure(key, error)
  }
}

const absent = <T>(error: unknown, value: T): T => {
  if (codeOf(error) === 'ENOENT') return value
  throw error
}

/** Makes sure that what was renamed or made in a directory is still there after a crash. */
const flush = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The store that is a directory, such as a mounted volume. What was written survives a crash. */
export const directoryStore = (root: string): ObjectStore => ({
  put: (key, body) =>
    attempt(key, async () => {
      const target = join(root, key)
      const directory = dirname(target)
      await mkdir(directory, { recursive: true })
      const unfinished = join(directory, `${UNFINISHED}${process.pid}-${target.slice(directory.length + 1)}`)
      try {
        await writeFile(unfinished, body, { flush: true })
        await rename(unfinished, target)
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
      await flush(directory)
    }),

  get: (key) =>
    attempt(key, () => readFile(join(root, key)).catch((error: unknown) => absent<undefined>(error, undefined))),

  list: (prefix) =>
    attempt(prefix, async () => {
      const found = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) =>
        absent(error, []),
      )
      const keys = found
        .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(root.length + 1)
            .replaceAll(sep, '/'),
        )
        .filter((key) => key.startsWith(prefix))
      const objects = keys.map(
        async (key): Promise<StoredObject> => ({ key, bytes: (await stat(join(root, key))).size }),
      )
      return (await Promise.all(objects)).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    }),

  remove: (key) => attempt(key, () => rm(join(root, key), { force: true })),
})
