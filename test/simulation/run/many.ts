import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPool } from './pool.ts'
import { drawScenario } from './scenario.ts'

/** `make sim-many SEEDS=3000 FROM=1`: many stories; those that end badly are kept under build/simulation. TROUBLE: those that have it. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`)
const from = Number(process.env['FROM'] ?? 1)
const count = Number(process.env['SEEDS'] ?? 200)
const trouble = process.env['TROUBLE']
const folder = join(import.meta.dirname, '../../../build/simulation')
mkdirSync(folder, { recursive: true })

const pool = createPool()
const begun = performance.now()
let bad = 0
let events = 0
let slowest = { seed: 0, seconds: 0 }
const live = async (seed: number): Promise<void> => {
  const outcome = await pool.run(seed)
  events += outcome.events
  if (outcome.seconds > slowest.seconds) slowest = outcome
  const [violation] = outcome.violations
  if (!violation) return
  bad += 1
  const file = join(folder, `seed-${seed}.txt`)
  writeFileSync(
    file,
    `${outcome.story}\n\n${outcome.violations.map(({ rule, why }) => `VIOLATED: ${rule}: ${why}`).join('\n')}\n`,
  )
  say(`seed ${seed}: ${violation.rule}: ${violation.why.slice(0, 300)}`)
}
const all = Array.from({ length: count }, (_, index) => from + index)
const seeds = trouble
  ? all.filter((seed) => drawScenario(seed).troubles.some((drawn) => drawn.trouble === trouble))
  : all
await Promise.all(seeds.map(live))
pool.close()
const seconds = (performance.now() - begun) / 1000
say(
  `${seeds.length} seeds from ${from}: ${seeds.length - bad} good, ${bad} bad; ${events} events in ${seconds.toFixed(0)} s; slowest: seed ${slowest.seed}, ${slowest.seconds.toFixed(1)} s`,
)
process.exit(bad > 0 ? 1 : 0)
