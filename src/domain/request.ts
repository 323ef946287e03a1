import type { RequestKind } from '../../crds/mysqloperation.ts'

/** What a signal or an update asks for: as a person typed it, not checked yet. */
export interface Request {
  readonly kind: RequestKind | 'backup'
  readonly input: unknown
  /** Name of the object that it becomes: a MySQLOperation, or a MySQLBackup. */
  readonly name: string
}

/** One line for the label of its activity. */
export const describeRequest = ({ kind, name }: Request): string =>
  `make ${kind === 'backup' ? 'MySQLBackup' : 'MySQLOperation'} ${name}: ${kind} was asked for`
