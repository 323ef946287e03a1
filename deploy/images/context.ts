import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '../local/command.ts'
import { Problem } from '../local/problem.ts'
import type { Tell } from './archives.ts'
import { fingerprintOfFiles } from './fingerprint.ts'
import { copyModules, modulesId } from './production-modules.ts'
import { CONTEXT, REPOSITORY } from './repository.ts'

const SOURCES = ['crds', 'src', 'workflows', 'activities'].map((directory) => `${directory}/**/*.ts`)
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'deploy/images/Containerfile']

/** All that the context is made from, as names: sources and settings, and the production modules. */
export const contextInputs = async (): Promise<readonly string[]> => [
  await fingerprintOfFiles(REPOSITORY, [...SOURCES, ...SETTINGS]),
  await modulesId(),
]

const node = async (problem: string, remedy: string, ...argv: readonly string[]): Promise<void> => {
  const result = await attempt([process.execPath, ...argv], { cwd: CONTEXT, timeoutMs: 300_000 })
  if (result.code === 0) return
  const output = `${result.stdout}\n${result.stderr}`.trim().split('\n')
  throw new Problem(`${problem}:\n${output.slice(0, 12).join('\n')}`, remedy)
}

/** They change seldom and are many files, so they stay as long as they are the right ones. */
const prepareModules = async (tell: Tell): Promise<void> => {
  const id = await modulesId()
  const note = join(CONTEXT, '.modules')
  if (existsSync(note) && (await readFile(note, 'utf8')) === id) return
  tell('copying the production modules')
  const unfinished = join(CONTEXT, '.unfinished')
  await rm(note, { force: true })
  await Promise.all(
    [unfinished, join(CONTEXT, 'node_modules')].map((path) => rm(path, { recursive: true, force: true })),
  )
  await mkdir(unfinished)
  await copyModules(unfinished)
  await rename(join(unfinished, 'node_modules'), join(CONTEXT, 'node_modules'))
  await rm(unfinished, { recursive: true })
  await writeFile(note, id)
}

/** Compiles the sources, and the workflows into the bundle that the worker loads. */
const prepareProgram = async (tell: Tell): Promise<void> => {
  tell('compiling')
  const dist = join(CONTEXT, 'dist')
  await rm(dist, { recursive: true, force: true })
  const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(REPOSITORY, 'tsconfig.build.json')
  await node('the sources do not compile', 'make check', compiler, '-p', project, '--outDir', dist)
  if (!existsSync(join(dist, 'src', 'worker', 'bundle.js'))) return
  tell('bundling the workflows')
  await node(
    'the workflows cannot be bundled',
    'make test-workflow',
    'dist/src/worker/bundle.js',
    'dist/workflow-bundle.js',
    'dist/workflow-bundle-encrypting.js',
  )
}

/** Makes build/image what the Containerfile copies from: the compiled program and its production modules. */
export const prepareContext = async (tell: Tell): Promise<void> => {
  await mkdir(CONTEXT, { recursive: true })
  await prepareModules(tell)
  // Module resolution inside dist depends on its "type".
  await copyFile(join(REPOSITORY, 'package.json'), join(CONTEXT, 'package.json'))
  await prepareProgram(tell)
}
