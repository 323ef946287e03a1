import { mkdirSync, writeFileSync } from 'node:fs'
import { EVENTS, type EventName } from './events.ts'

/** Where the time of one change of the primary went, seconds. */
export interface Run {
  /** The gap of whoever writes through the Service, and of whoever follows the group itself. */
  readonly gap: number
  readonly floor: number
  readonly phases: Readonly<Record<string, number>>
}

/** The value below which a share of all lies; of few values, the next one that was measured. */
const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
const both = (values: readonly number[]): string =>
  [0.5, 0.95].map((share) => percentile(values, share).toFixed(2).padStart(7)).join('')

const verdict = (event: EventName, runs: readonly Run[]): string => {
  const goal: { readonly times?: number; readonly more?: number; readonly most?: number } = EVENTS[event].goal
  const [gap, floor] = [
    percentile(
      runs.map((run) => run.gap),
      0.5,
    ),
    percentile(
      runs.map((run) => run.floor),
      0.5,
    ),
  ]
  const bounds = [
    ...(goal.most === undefined ? [] : [{ text: `${goal.most} s`, at: goal.most }]),
    ...(goal.more === undefined ? [] : [{ text: `group + ${goal.more} s`, at: floor + goal.more }]),
    ...(goal.times === undefined ? [] : [{ text: `${goal.times} x group`, at: floor * goal.times }]),
  ]
  return bounds.map(({ text, at }) => `${text}: ${gap <= at ? 'met' : 'not met'}`).join(', ')
}

/** Prints what was measured, and keeps it in bench/results/failover.json. */
export const tell = (measured: Readonly<Partial<Record<EventName, readonly Run[]>>>): void => {
  const directory = new URL('../../../bench/results/', import.meta.url)
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL('failover.json', directory), `${JSON.stringify(measured, null, 2)}\n`)
  console.log(
    `\nwrite gap, seconds${' '.repeat(13)}runs  Service p50 p95   group p50 p95   more p50 p95  goal (of p50)`,
  )
  for (const [event, runs = []] of Object.entries(measured)) {
    const more = runs.map(({ gap, floor }) => gap - floor)
    const columns = [runs.map(({ gap }) => gap), runs.map(({ floor }) => floor), more].map(both)
    const name = EVENTS[event as EventName].name.padEnd(30)
    console.log(
      `${name}${String(runs.length).padStart(5)}  ${columns.join('  ')}  ${verdict(event as EventName, runs)}`,
    )
  }
  console.log('\nwhere the time goes, seconds, p50 and p95')
  for (const [event, runs = []] of Object.entries(measured)) {
    console.log(EVENTS[event as EventName].name)
    for (const phase of Object.keys(runs[0]?.phases ?? {}))
      console.log(`  ${phase.padEnd(64)}${both(runs.map(({ phases }) => phases[phase] ?? Number.NaN))}`)
  }
}
