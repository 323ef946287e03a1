import type { Trouble } from '../troubles/troubles.ts'

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
  /** Where the rule matters: seeds with these troubles come first. */
  readonly where: readonly Trouble[]
}

type Text = readonly [file: string, find: string, replace: string]

/** A rule that is kept at one place, or at several: then all are broken. */
export const broken = (name: string, rule: string, where: readonly Trouble[], ...edits: readonly Text[]): Mutant => ({
  ...{ name, rule, where },
  edits: edits.map(([file, find, replace]) => ({ file, find, replace })),
})
