import type { RequestKind } from '../../crds/mysqloperation.ts'

/** What a signal or an update asks for: as a person typed it, not checked yet. */
export interface Request {
  readonly kind: RequestKind
  readonly input: unknown
  /** Name of the MySQLOperation that it becomes. */
  readonly name: string
}

/** One line for the label of its activity. */
export const describeRequest = ({ kind, name }: Request): string => `make MySQLOperation ${name}: ${kind} was asked for`
