/** One change of one source. `find` must be there exactly once. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Sources in which one rule is broken, wherever the code repeats it. */
export interface Mutant {
  readonly name: string
  /** The rule that is broken. */
  readonly rule: string
  readonly edits: readonly Edit[]
}

export const one = (name: string, rule: string, file: string, find: string, replace: string): Mutant => ({
  name,
  rule,
  edits: [{ file, find, replace }],
})
