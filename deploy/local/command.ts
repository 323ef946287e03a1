import { spawn } from 'node:child_process'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly input?: string
  readonly timeoutMs?: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
}

/** Tools such as mkfs and nft live in sbin, which is not on everyone's PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a command to its end and returns its exit code and output; a failing command is not an error. */
export const attempt = async (argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> => {
  const [file = '', ...args] = argv
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`, LC_ALL: 'C', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A child that ends without reading its input must not take us with it.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return new Promise((resolve) => {
    const finish = (code: number, extra = ''): void =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + extra })
    child.on('error', (error) => finish(127, error.message))
    child.on('close', (code, signal) => finish(code ?? 128, signal ? `ended by ${signal}` : ''))
  })
}

/** Runs a command that has to succeed and returns its standard output; rejects with the command and its complaint. */
export const run = async (argv: readonly string[], options: CommandOptions = {}): Promise<string> => {
  const result = await attempt(argv, options)
  if (result.code === 0) return result.stdout
  const complaint = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-8).join('\n')
  throw new Error(`${argv.slice(0, 6).join(' ')} failed (exit code ${result.code}): ${complaint}`)
}
