import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `make test` runs: every tier in order, cheapest first, or those named. The last line it prints is the sum of all. */

const ROOT = join(import.meta.dirname, '..')
const TIERS = ['unit', 'workflow', 'replay', 'simulation', 'apiserver', 'e2e', 'full', 'chaos'] as const
type Tier = (typeof TIERS)[number]
/** Tiers whose tests share a machine's API server, cluster or CPU. */
const IN_BAND: readonly Tier[] = ['apiserver', 'e2e', 'full', 'chaos']
/** Only where it is named: `make test-full`. */
const LONG: readonly Tier[] = ['full']

interface Outcome {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly seconds: number
}

const wanted = process.argv.slice(2)
/** Of the faults only those that are marked for it, once each, unless all of them are asked for. */
const SHORT = wanted.includes('chaos') ? {} : { CHAOS: 'short', RUNS: '1' }

const say = (text: string): boolean => process.stdout.write(`${text}\n`)

const run = (argv: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    const [file = '', ...args] = argv
    const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit', env: { ...SHORT, ...process.env } })
    child.on('error', () => resolve(127))
    child.on('exit', (code) => resolve(code ?? 128))
  })

const timed = async (name: string, work: () => Promise<Pick<Outcome, 'passed' | 'failed'>>): Promise<Outcome> => {
  say(`\n=== ${name}`)
  const start = performance.now()
  const counts = await work()
  return { name, ...counts, seconds: (performance.now() - start) / 1000 }
}

const binary = (name: string): string => join(ROOT, 'node_modules/.bin', name)
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: [binary('tsc'), '-p', 'tsconfig.json'],
  lint: [binary('biome'), 'ci', '--colors=off', '.'],
  generated: [process.execPath, '--disable-warning=ExperimentalWarning', 'crds/generate.ts', '--check'],
}

const runChecks = async (): Promise<Pick<Outcome, 'passed' | 'failed'>> => {
  let failed = 0
  for (const [name, argv] of Object.entries(CHECKS)) {
    const code = await run(argv)
    say(`${code === 0 ? 'ok' : 'FAILED'}: ${name}`)
    if (code !== 0) failed += 1
  }
  return { passed: Object.keys(CHECKS).length - failed, failed }
}

interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numRuntimeErrorTestSuites: number
}

const readReport = (file: string): JestReport | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** A tier that ends badly without naming a failed test has failed all the same. */
const runTier = async (tier: Tier, directory: string): Promise<Pick<Outcome, 'passed' | 'failed'>> => {
  const outputFile = join(directory, `${tier}.json`)
  const code = await run([
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--experimental-vm-modules',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    tier,
    ...(IN_BAND.includes(tier) ? ['--runInBand'] : []),
    '--json',
    `--outputFile=${outputFile}`,
  ])
  const report = readReport(outputFile)
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0)
  return { passed: report?.numPassedTests ?? 0, failed: code !== 0 ? Math.max(1, failed) : failed }
}

const isDue = (tier: Tier): boolean =>
  (wanted.length === 0 ? !LONG.includes(tier) : wanted.includes(tier)) &&
  globSync(`test/${tier}/**/*.test.ts`, { cwd: ROOT }).length > 0

const main = async (): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'mysql-operator-results-'))
  const outcomes: Outcome[] = [await timed('check', runChecks)]
  for (const tier of TIERS.filter(isDue)) {
    // A decision that is wrong makes a cluster of real servers wrong too: that takes long to show what is known already.
    if (['e2e', 'full', 'chaos'].includes(tier) && outcomes.some(({ name, failed }) => name === 'unit' && failed > 0)) {
      say(`\n=== ${tier}\nnot run: the unit tests have failed`)
      outcomes.push({ name: tier, passed: 0, failed: 1, seconds: 0 })
    } else outcomes.push(await timed(tier, () => runTier(tier, directory)))
  }
  await rm(directory, { recursive: true, force: true })

  say('')
  for (const { name, passed, failed, seconds } of outcomes)
    say(`${name.padEnd(10)} ${passed} passed, ${failed} failed, ${seconds.toFixed(1)} s`)
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  const failed = sum((outcome) => outcome.failed)
  process.exitCode = failed > 0 ? 1 : 0
  say(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`)
}

await main()
