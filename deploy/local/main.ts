import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { binaryModules, ensureBinaries } from './binaries.ts'
import { clusterStatus, crashParts, loadImage, localCluster, startCluster, startParts, stopCluster } from './cluster.ts'
import { type PartName, partNames } from './parts.ts'
import { describeProblem, Problem } from './problem.ts'
import { findProcess, logFile } from './process.ts'
import { printProgress } from './progress.ts'

const up = async (): Promise<void> => {
  const began = Date.now()
  const cluster = await startCluster(printProgress(process.stderr))
  console.error(`The local cluster is up (${((Date.now() - began) / 1000).toFixed(1)} s).`)
  console.error(`  Temporal UI   ${cluster.temporalUi}`)
  console.error('  in a shell    eval "$(make -s env)"')
}

const down = async ({ purge = false }: { purge?: boolean }): Promise<void> => {
  await stopCluster({ purge }, printProgress(process.stderr))
  console.error(purge ? 'The local cluster, its data and its caches are gone.' : 'The local cluster is down.')
}

const status = async (): Promise<void> => {
  const states = await clusterStatus()
  for (const { part, health, pid } of states) console.log(`${part.padEnd(20)}${health.padEnd(11)}${pid ?? ''}`)
  if (states.some(({ health }) => health !== 'healthy')) process.exitCode = 1
}

const knownPart = (part: string): PartName => {
  const known = partNames.find((name) => name === part)
  if (!known) throw new Problem(`there is no part "${part}"`, `name one of: ${partNames.join(' ')}`)
  return known
}

const crash = async (names: readonly string[]): Promise<void> => crashParts(names.map(knownPart))

const restart = async (names: readonly string[]): Promise<void> => {
  await crash(names)
  await startParts(names.map(knownPart))
}

const logs = async (part: string | undefined): Promise<void> => {
  const known = part ? knownPart(part) : undefined
  const files = (known ? [known] : partNames).map(logFile).filter((file) => existsSync(file))
  if (files.length === 0) throw new Problem('nothing has been started yet', 'make up')
  const child = spawn('tail', ['-n', known ? '200' : '15', ...files], { stdio: 'inherit' })
  await new Promise((resolve) => child.on('close', resolve))
}

const env = (): void => {
  const { kubeconfig, temporalAddress, binDirectory } = localCluster()
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  console.log(`export KUBECONFIG=${quote(kubeconfig)}`)
  console.log(`export TEMPORAL_ADDRESS=${quote(temporalAddress)}`)
  console.log(`export PATH=${quote(binDirectory)}:"$PATH"`)
  if (!findProcess('apiserver')) console.error('The local cluster is not running: make up')
}

const load = async (archive: string): Promise<void> => {
  const began = Date.now()
  const names = await loadImage(localCluster(), archive)
  console.error(`${names.join(', ')} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
}

const build = async (names: readonly string[]): Promise<void> => {
  const unknown = names.filter((name) => !binaryModules.some((known) => known === name))
  if (unknown.length > 0)
    throw new Problem(`there is no module "${unknown[0]}"`, `name some of: ${binaryModules.join(' ')}`)
  for (const name of binaryModules.filter((known) => names.length === 0 || names.includes(known)))
    await ensureBinaries(name, () => console.error(`building the programs of ${name}: this takes minutes`))
}

const program = new Command('local').description('the local one-node cluster').showHelpAfterError()
program.command('up').description('start Kubernetes and Temporal').action(up)
program.command('down').description('stop everything').option('--purge', 'also remove data and caches').action(down)
program.command('status').description('what runs, part by part').action(status)
program.command('logs').argument('[part]').description('the log of one part, or the end of every log').action(logs)
program.command('kill').argument('<parts...>').description('kill parts without warning; "up" starts them').action(crash)
program.command('restart').argument('<parts...>').description('kill parts and start them again').action(restart)
program.command('env').description('shell variables: eval "$(make -s env)"').action(env)
program.command('load').argument('<archive>').description('load an image archive into the cluster').action(load)

program.command('build').argument('[modules...]').description('build the programs of the cluster').action(build)

// Imported only when asked for: the cluster can be had without what they need.
program
  .command('demo')
  .description('one apply, one healthy MySQL cluster')
  .action(async () => {
    const module: { demo: () => Promise<void> } = await import(new URL('./demo.ts', import.meta.url).href)
    await module.demo()
  })
program
  .command('operator')
  .description("bring this checkout's operator into the local cluster")
  .action(async () => {
    const module: { operator: () => Promise<void> } = await import(new URL('./operator.ts', import.meta.url).href)
    await module.operator()
  })
program
  .command('image')
  .description("build the operator's image")
  .action(async () => {
    const module: { image: () => Promise<void> } = await import(new URL('./image.ts', import.meta.url).href)
    await module.image()
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(describeProblem(error))
  process.exitCode = 1
}
// A build or a watch that was told to stop must not keep a failed command alive.
if (process.exitCode) process.exit()
