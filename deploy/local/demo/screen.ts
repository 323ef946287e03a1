import { performance } from 'node:perf_hooks'
import { stripVTControlCharacters } from 'node:util'

/** A stretch of work that a person follows: one row, and a few lines below it while it runs. */
export interface Stage {
  readonly say: (detail: string, lines?: readonly string[]) => void
  readonly done: (detail?: string) => void
  readonly failed: () => void
}

export interface Screen {
  readonly stage: (title: string) => Stage
  /** Prints text below what is finished. */
  readonly print: (text: string) => void
  /** Gives the terminal back. Further prints are plain. */
  readonly close: () => void
}

interface Row {
  readonly title: string
  readonly began: number
  state: 'running' | 'done' | 'failed'
  seconds: number
  detail: string
  lines: readonly string[]
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
const LASTING_MS = 500
const TITLE_WIDTH = 18
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'

const colours = process.env['NO_COLOR'] === undefined && process.stderr.isTTY === true
const paint =
  (code: number) =>
  (text: string): string =>
    colours ? `\u001b[${code}m${text}\u001b[0m` : text

export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)
export const yellow = paint(33)

const time = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`

const secondsSince = (began: number): number => (performance.now() - began) / 1000

/** Colours would be cut in the middle, so a line that is too long loses them. */
const fitted = (line: string, width: number): string => {
  const plain = stripVTControlCharacters(line)
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`
}

const rendered = (row: Row): readonly string[] => {
  const frame = SPINNER[Math.floor(performance.now() / FRAME_MS) % SPINNER.length] ?? ''
  const mark = { running: yellow(frame), done: green('✓'), failed: red('✗') }[row.state]
  const elapsed = time(row.state === 'running' ? secondsSince(row.began) : row.seconds).padStart(11)
  const below = row.state === 'done' ? [] : row.lines
  return [
    `  ${mark} ${row.title.padEnd(TITLE_WIDTH)}${dim(elapsed)}   ${row.detail}`,
    ...below.map((line) => `      ${line}`),
  ]
}

/** A screen that redraws what is going on in place. */
const liveScreen = (out: NodeJS.WriteStream): Screen => {
  let rows: Row[] = []
  let height = 0
  const draw = (printed: readonly string[] = []): void => {
    const settled: Row[] = []
    while (rows[0] && rows[0].state !== 'running') settled.push(...rows.splice(0, 1))
    const width = Math.max(20, out.columns) - 1
    // What is redrawn must not wrap: then it would have more lines than are counted.
    const going = rows
      .flatMap(rendered)
      .slice(0, Math.max(3, out.rows - 2))
      .map((line) => fitted(line, width))
    const text = [...settled.flatMap(rendered), ...printed, ...going].map((line) => `${line}\n`).join('')
    out.write(`${height > 0 ? `\u001b[${height}A\r` : ''}\u001b[J${text}`)
    height = going.length
  }
  const timer = setInterval(() => rows.length > 0 && draw(), FRAME_MS).unref()
  const close = (): void => {
    clearInterval(timer)
    draw()
    rows = []
    height = 0
    out.write(SHOW_CURSOR)
  }
  out.write(HIDE_CURSOR)
  // Without a cursor the terminal would be of little use after an interruption.
  process.once('exit', () => out.write(SHOW_CURSOR))
  process.once('SIGINT', () => process.exit(130))
  return {
    stage: (title) => {
      const row: Row = { title, began: performance.now(), state: 'running', seconds: 0, detail: '', lines: [] }
      rows.push(row)
      const settle = (state: 'done' | 'failed', detail: string): void => {
        Object.assign(row, { state, detail, seconds: secondsSince(row.began) })
        draw()
      }
      return {
        say: (detail, lines = []) => void Object.assign(row, { detail, lines }),
        done: (detail = row.detail) => settle('done', detail),
        failed: () => settle('failed', row.detail),
      }
    },
    print: (text) => draw(text.split('\n')),
    close,
  }
}

/** A screen for logs: a line for every state that lasts, and no control characters. */
const plainScreen = (out: NodeJS.WriteStream): Screen => ({
  stage: (title) => {
    const began = performance.now()
    let [current, printed] = ['', '']
    let soon: NodeJS.Timeout | undefined
    const line = (text: string): void => {
      clearTimeout(soon)
      if (text !== printed) out.write(`${time(secondsSince(began)).padStart(11)}  ${title}: ${text}\n`)
      printed = text
    }
    return {
      say: (detail, lines = []) => {
        const text = [detail, ...lines.map((member) => member.trim().replace(/ +/g, ' '))].join(' | ')
        if (text === current) return
        current = text
        clearTimeout(soon)
        soon = setTimeout(line, LASTING_MS, text)
      },
      done: (detail = current) => line(detail ? `done, ${detail}` : 'done'),
      failed: () => {
        line(current)
        line('failed')
      },
    }
  },
  print: (text) => out.write(`${text}\n`),
  close: () => undefined,
})

/** The way to tell a person how it goes: in place on a terminal, line by line otherwise. */
export const createScreen = (out: NodeJS.WriteStream = process.stderr): Screen =>
  out.isTTY && process.env['TERM'] !== 'dumb' ? liveScreen(out) : plainScreen(out)
