import { simulate } from './simulate.ts'
import { openSimulation } from './stage.ts'

/** `make sim SEED=n`: one story, readable, with its verdict. */
const seed = Number(process.env['SEED'] ?? process.argv[2] ?? 1)
const sandbox = await openSimulation()
const begun = performance.now()
const verdict = await simulate(seed, sandbox)
const seconds = (performance.now() - begun) / 1000
const say = (text: string): boolean => process.stdout.write(`${text}\n`)
say(verdict.story)
say('')
const { acknowledged, refused, lost } = verdict.writes
say(
  `seed ${seed}: ${verdict.events} events in ${(verdict.virtualMs / 60_000).toFixed(1)} virtual minutes, ${seconds.toFixed(1)} s`,
)
say(`writes: ${acknowledged} acknowledged, ${refused} refused, ${lost} unanswered`)
for (const { rule, why } of verdict.violations) say(`VIOLATED: ${rule}: ${why}`)
if (verdict.violations.length === 0) say(`good: converged ${(verdict.convergedMs ?? 0) / 1000} s after the troubles`)
process.exit(verdict.violations.length === 0 ? 0 : 1)
