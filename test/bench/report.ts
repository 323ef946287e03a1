import { mkdirSync, writeFileSync } from 'node:fs'

export interface Row {
  readonly name: string
  readonly ours: number
  readonly floor: number
  readonly ratio: number
  readonly runs: number
  readonly unit: string
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** A row of paired measurements: medians of each side, and the median of the ratios of the pairs. */
export const paired = (name: string, unit: string, pairs: readonly { ours: number; floor: number }[]): Row => ({
  name,
  ours: median(pairs.map(({ ours }) => ours)),
  floor: median(pairs.map(({ floor }) => floor)),
  ratio: median(pairs.map(({ ours, floor }) => ours / floor)),
  runs: pairs.length,
  unit,
})

/** Prints a table and writes bench/results/<name>.json. */
export const report = (name: string, rows: readonly Row[]): void => {
  const directory = new URL('../../bench/results/', import.meta.url)
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL(`${name}.json`, directory), `${JSON.stringify(rows, null, 2)}\n`)
  console.log(
    `${'name'.padEnd(44)}${'ours'.padStart(10)}${'floor'.padStart(10)}${'ratio'.padStart(8)}${'runs'.padStart(6)}  unit`,
  )
  for (const { name: row, ours, floor, ratio, runs, unit } of rows)
    console.log(
      `${row.padEnd(44)}${ours.toFixed(2).padStart(10)}${floor.toFixed(2).padStart(10)}${ratio.toFixed(2).padStart(8)}${String(runs).padStart(6)}  ${unit}`,
    )
}
