import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const POLL_MS = 250

interface Message {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export interface Page {
  open(url: string): Promise<void>
  text(): Promise<string>
  /** Runs JavaScript in the page and resolves with its value. */
  evaluate<T>(expression: string): Promise<T>
  /** Resolves with the page's text once it holds all that is wanted; fails with what is missing. */
  shows(wanted: readonly string[], seconds?: number): Promise<string>
  screenshot(file: string): Promise<void>
}

export interface Browser {
  readonly page: Page
  close(): Promise<void>
}

const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (url) resolve(url)
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${CHROMIUM} ended with code ${code}: ${said.slice(-500)}`)))
  })

/** What the page shows, with what its frames show: the UI sets Markdown into frames. */
const TEXT = `[document, ...[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument)]
  .map((page) => page?.body?.innerText ?? '').join('\\n')`

type Call = <T>(method: string, params?: object) => Promise<T>

/** One tab, driven over the DevTools protocol. */
const connect = async (browserUrl: string): Promise<{ readonly call: Call; close(): void }> => {
  const targets = await (await fetch(`http://${new URL(browserUrl).host}/json/list`)).json()
  const target = (targets as { type: string; webSocketDebuggerUrl: string }[]).find(({ type }) => type === 'page')
  if (!target) throw new Error('the browser has no page')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const waiting = new Map<number, (message: Message) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message: Message = JSON.parse(String(data))
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  let last = 0
  const call: Call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      last += 1
      const id = last
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result as never)
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  return { call, close: () => socket.close() }
}

const pageOf = (call: Call): Page => {
  const evaluate = async <T>(expression: string): Promise<T> => {
    const options = { expression, returnByValue: true, awaitPromise: true }
    const { result } = await call<{ result: { value: T } }>('Runtime.evaluate', options)
    return result.value
  }
  const text = (): Promise<string> => evaluate(TEXT)
  return {
    evaluate,
    text,
    open: async (url) => void (await call('Page.navigate', { url })),
    async shows(wanted, seconds = 60) {
      const until = Date.now() + seconds * 1000
      for (;;) {
        const seen = await text()
        const missing = wanted.filter((part) => !seen.includes(part))
        if (missing.length === 0) return seen
        if (Date.now() > until)
          throw new Error(`not shown in ${seconds} s: ${missing.map((part) => `"${part}"`).join(', ')}\n${seen}`)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    async screenshot(file) {
      const { data } = await call<{ data: string }>('Page.captureScreenshot', { format: 'png' })
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, Buffer.from(data, 'base64'))
    },
  }
}

/** Starts a browser without a window, with a profile that is thrown away, reachable from this machine only. */
export const openBrowser = async (): Promise<Browser> => {
  const profile = mkdtempSync(join(tmpdir(), 'mysql-operator-browser-'))
  const child = spawn(
    CHROMIUM,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--window-size=1600,1800',
      '--remote-debugging-address=127.0.0.1',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  try {
    const { call, close: hangUp } = await connect(await listening(child))
    await call('Page.enable')
    return {
      page: pageOf(call),
      close: async () => {
        hangUp()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
