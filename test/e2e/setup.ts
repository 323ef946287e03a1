import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Jest's global set-up: the local cluster with the operator of this checkout in it. What runs already is kept. */
const setup = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const main = fileURLToPath(new URL('../../deploy/local/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, 'operator'], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`make operator ended with code ${code}`))))
  })

export default setup
