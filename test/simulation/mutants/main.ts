import { PROCESSES } from '../run/pool.ts'
import { createBaseline, firstBad } from './hunt.ts'
import { MUTANTS } from './list.ts'
import { keep, remembered } from './noticed.ts'
import type { Mutant } from './types.ts'

/** `make sim-mutants`: breaks one rule after the other, and looks for a seed that notices. All must be noticed. */
const SEEDS = Number(process.env['SEEDS'] ?? 200)
/** For a quick look: only the seeds in which the rule matters most. */
const TRIES = Number(process.env['TRIES'] ?? SEEDS)
const wanted = process.argv.slice(2)
const mutants = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const say = (text: string): boolean => process.stdout.write(`${text}\n`)

const begun = performance.now()
const baseline = createBaseline()
const survivors: Mutant[] = []
say(`${'mutant'.padEnd(32)} ${'seed'.padStart(4)} ${'tries'.padStart(5)} ${'s'.padStart(4)}  what noticed it`)
for (const mutant of mutants) {
  const before = performance.now()
  const { caught, tries } = await firstBad(mutant, {
    seeds: SEEDS,
    first: remembered(mutant),
    baseline,
    longest: TRIES,
  })
  const seconds = ((performance.now() - before) / 1000).toFixed(0)
  const [violation] = caught?.violations ?? []
  const columns = [`${caught?.seed ?? '-'}`.padStart(4), `${tries}`.padStart(5), seconds.padStart(4)].join(' ')
  say(`${mutant.name.padEnd(32)} ${columns}  ${violation?.rule ?? 'SURVIVED'}`)
  if (caught) keep(mutant, caught.seed)
  else survivors.push(mutant)
}
baseline.close()
say('')
for (const { name, rule } of survivors) say(`survived: ${name}: ${rule}`)
const minutes = ((performance.now() - begun) / 60_000).toFixed(1)
say(
  `${mutants.length} mutants, ${mutants.length - survivors.length} noticed, ${survivors.length} survived ${Math.min(TRIES, SEEDS)} seeds; ${minutes} minutes with ${PROCESSES} processes`,
)
process.exit(survivors.length > 0 ? 1 : 0)
