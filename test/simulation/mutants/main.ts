import { createPool, type Outcome, type Pool } from '../run/pool.ts'
import { MUTANTS } from './list.ts'
import { plantTree } from './tree.ts'
import type { Mutant } from './types.ts'

/** `make sim-mutants`: breaks one rule after the other, and looks for the first seed that notices. All must be noticed. */
const SEEDS = Number(process.env['SEEDS'] ?? 200)
const wanted = process.argv.slice(2)
const mutants = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const say = (text: string): boolean => process.stdout.write(`${text}\n`)

/** Seeds that end badly without any mutant prove nothing. */
const createBaseline = () => {
  const pool = createPool(undefined, 1)
  const known = new Map<number, Promise<boolean>>()
  return {
    isGood(seed: number): Promise<boolean> {
      const answer = known.get(seed) ?? pool.run(seed).then(({ violations }) => violations.length === 0)
      known.set(seed, answer)
      return answer
    },
    close: pool.close,
  }
}

/** The first seed of which `pool` tells a bad end that the sources as they are do not have. */
const firstBad = async (pool: Pool, isGood: (seed: number) => Promise<boolean>): Promise<Outcome | undefined> => {
  let next = 1
  let found: Outcome | undefined
  const look = async (): Promise<void> => {
    while (next <= SEEDS && !found) {
      const seed = next
      next += 1
      const outcome = await pool.run(seed)
      if (!found && outcome.violations.length > 0 && (await isGood(seed))) found = outcome
    }
  }
  await Promise.all([look(), look()])
  return found
}

const baseline = createBaseline()
const survivors: Mutant[] = []
for (const mutant of mutants) {
  const begun = performance.now()
  const tree = plantTree(mutant.edits)
  const pool = createPool(tree.root)
  const caught = await firstBad(pool, baseline.isGood)
  pool.close()
  tree.remove()
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  const [violation] = caught?.violations ?? []
  const how = caught ? `seed ${caught.seed}: ${violation?.rule}` : 'SURVIVED'
  say(`${mutant.name.padEnd(32)} ${how} (${seconds} s)`)
  if (!caught) survivors.push(mutant)
}
baseline.close()
say('')
for (const { name, rule } of survivors) say(`survived: ${name}: ${rule}`)
say(
  `${mutants.length} mutants, ${mutants.length - survivors.length} noticed, ${survivors.length} survived ${SEEDS} seeds`,
)
process.exit(survivors.length > 0 ? 1 : 0)
