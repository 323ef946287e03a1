import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Something that was measured in a row of the table, and the bound that it is judged by. */
export interface Figure {
  readonly what: string
  readonly seconds: number
  readonly most?: number
}

const directory = new URL('../../artefacts/chaos/', import.meta.url)
const file = new URL('figures.json', directory)

const readAll = (): Record<string, readonly Figure[]> => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`)

/** Of all values, that below which a share of them lies. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN

/** Prints what was measured and keeps it in test/artefacts/chaos/figures.json, beside that of other rows. */
export const tell = (row: string, figures: readonly Figure[]): void => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ ...readAll(), [row]: figures }, null, 2)}\n`)
  say(row)
  for (const { what, seconds, most } of figures)
    say(`  ${what.padEnd(52)}${seconds.toFixed(2).padStart(8)} s${most === undefined ? '' : `  (at most ${most} s)`}`)
}

export const missed = (figures: readonly Figure[]): readonly string[] =>
  figures
    .filter(({ seconds, most }) => most !== undefined && !(seconds <= most))
    .map(({ what, seconds, most }) => `${what}: ${seconds.toFixed(2)} s, at most ${most} s`)
