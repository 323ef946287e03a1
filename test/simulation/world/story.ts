import type { Clock } from '../../../src/clock.ts'

export interface Line {
  /** Epoch milliseconds. */
  readonly at: number
  readonly who: string
  readonly what: string
}

/** What happened in a simulated world, for a person who wants to know how it came to a bad end. */
export interface Story {
  tell(who: string, what: string): void
  readonly lines: readonly Line[]
  /** The story as text, times in seconds since its beginning. */
  print(): string
}

export const createStory = (clock: Clock): Story => {
  const start = clock.now()
  const lines: Line[] = []
  return {
    lines,
    tell(who, what) {
      lines.push({ at: clock.now(), who, what })
    },
    print: () =>
      lines
        .map(({ at, who, what }) => `${((at - start) / 1000).toFixed(3).padStart(10)}  ${who.padEnd(14)} ${what}`)
        .join('\n'),
  }
}
