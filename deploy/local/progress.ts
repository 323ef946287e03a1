import type { Report } from './graph.ts'

/** What a step may have done that a person wants to know however quick it was. */
const NEWS: ReadonlySet<string> = new Set(['started', 'compiled'])

/** A report that prints one line per step when it is done, and one when it says what it is at. */
export const printProgress = (out: NodeJS.WritableStream): Report => {
  const QUIET_MS = 500
  return ({ step, state, elapsedMs, detail }) => {
    const time = `${(elapsedMs / 1000).toFixed(1)} s`.padStart(8)
    if (state === 'running' && detail) out.write(`          ${step}: ${detail}\n`)
    else if (state === 'waiting' && detail) out.write(`          ${detail}, waiting\n`)
    else if (state === 'failed') out.write(`${time}  ${step}: failed\n`)
    else if (state === 'done' && (detail ? NEWS.has(detail) : elapsedMs > QUIET_MS))
      out.write(`${time}  ${step}${detail ? `: ${detail}` : ''}\n`)
  }
}
