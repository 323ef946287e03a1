import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'

/** Directories as kubelet makes them of Secrets, removed after the tests of a file. */
export const useMounted = (): ((content: Readonly<Record<string, string>>) => string) => {
  const made: string[] = []
  afterAll(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true })
  })
  return (content) => {
    const directory = mkdtempSync(join(tmpdir(), 'mounted-'))
    made.push(directory)
    for (const [name, text] of Object.entries(content)) writeFileSync(join(directory, name), text)
    return directory
  }
}
