import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a command of the local cluster's tool, with its words on our output; fails when it does. */
export const runLocal = (...command: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const main = fileURLToPath(new URL('../../deploy/local/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, ...command], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the local cluster's ${command.join(' ')} ended with code ${code}`)),
    )
  })
