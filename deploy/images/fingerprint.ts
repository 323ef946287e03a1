import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A short name for the given texts: equal texts in equal order have equal fingerprints. */
export const fingerprint = (...texts: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text)
  return hash.digest('hex').slice(0, 16)
}

/** The fingerprint of names and contents of all files below `directory` that match one of `patterns`. */
export const fingerprintOfFiles = async (directory: string, patterns: readonly string[]): Promise<string> => {
  const names: string[] = []
  for await (const name of glob(patterns, { cwd: directory })) names.push(name)
  const contents = await Promise.all(names.sort().map(async (name) => readFile(join(directory, name), 'utf8')))
  return fingerprint(...names, ...contents)
}
