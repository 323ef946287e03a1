/** A failure that was expected: it names what is wrong and what to do about it, and is shown without a stack trace. */
export class Problem extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.name = 'Problem'
    this.remedy = remedy
  }
}

/** The text for a person: problem and remedy, or the stack of what nobody expected. */
export const describeProblem = (error: unknown): string => {
  if (error instanceof Problem) return `${error.message}\n  → ${error.remedy}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
