import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sample, SampleSchema } from './manifest.ts'

/** What the server said of data that it was started on, in one of the files that the scripts write. */
export const heard = async (said: string, file: string): Promise<string> =>
  (await readFile(join(said, file), 'utf8')).replaceAll(/\s/g, '')

const linesOf = async (said: string, file: string): Promise<readonly string[] | undefined> => {
  try {
    return (await readFile(join(said, file), 'utf8')).split('\n').filter((line) => line !== '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const sampleOf = (line: string): readonly Sample[] => {
  try {
    return [SampleSchema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}

/** What some tables held; undefined when they were not asked. A table that was not told of as it should is left out. */
export const heardSamples = async (said: string): Promise<readonly Sample[] | undefined> =>
  (await linesOf(said, 'tables'))?.flatMap(sampleOf)

export interface Checks {
  /** So many tables were checked. */
  readonly checked: number
  readonly faults: readonly string[]
}

const WELL = ['OK', 'Table is already up to date']

/** What CHECK TABLE found, as its rows tell. */
export const heardChecks = async (said: string): Promise<Checks> => {
  const rows = ((await linesOf(said, 'checks')) ?? []).map((line) => line.split('\t'))
  const faults = rows.filter(([, , type, text = '']) => type === 'error' || (type === 'status' && !WELL.includes(text)))
  return {
    checked: new Set(rows.map(([table]) => table)).size,
    faults: faults.map(([table = '', , , text = '']) => `${table}: ${text}`),
  }
}
