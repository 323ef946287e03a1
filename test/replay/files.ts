import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type History, historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js'

const FOLDER = join(import.meta.dirname, 'histories')
/** Longer ones are kept compressed: nobody reads them line by line. */
const PLAIN_BYTES = 700_000

export interface Recorded {
  /** `<version>/<what happened>` */
  readonly name: string
  readonly workflowId: string
  readonly history: History
}

interface Content {
  readonly workflowId: string
  readonly events: readonly unknown[]
}

const parse = (file: string): Content => {
  const bytes = readFileSync(file)
  return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
}

/** The names of all recorded histories: `<version>/<what happened>`. */
export const recordedNames = (): readonly string[] =>
  globSync(`${FOLDER}/*/*.{json,json.gz}`)
    .map((file) => `${basename(dirname(file))}/${basename(file).replace(/\.json(\.gz)?$/, '')}`)
    .toSorted()

export const readRecorded = (name: string): Recorded => {
  const [file] = globSync(`${FOLDER}/${name}.{json,json.gz}`)
  if (!file) throw new Error(`there is no history ${name}`)
  const { workflowId, events } = parse(file)
  return { name, workflowId, history: historyFromJSON({ events }) }
}

const versionToday = (): string =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version

/** The name that a history recorded today gets. */
export const nameToday = (chapters: readonly string[]): string => `${versionToday()}/${chapters.join('.')}`

/** Writes a history as JSON in Temporal's own form, one event a line. */
export const writeRecorded = ({ name, workflowId, history }: Recorded): string => {
  const { events } = JSON.parse(historyToJSON(history)) as { events: readonly unknown[] }
  const lines = events.map((event) => JSON.stringify(event)).join(',\n')
  const text = `{"workflowId":${JSON.stringify(workflowId)},"events":[\n${lines}\n]}\n`
  const isLong = text.length > PLAIN_BYTES
  const file = join(FOLDER, `${name}.json${isLong ? '.gz' : ''}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, isLong ? gzipSync(text, { level: 9 }) : text)
  return file
}
