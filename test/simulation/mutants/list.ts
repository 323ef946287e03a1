import { BACKUPS } from './backups.ts'
import { CHANGES } from './changes.ts'
import { DECISIONS } from './decisions.ts'
import { GATES } from './gates.ts'
import { PROCEDURES } from './procedures.ts'
import { ROUTES } from './routing.ts'
import type { Mutant } from './types.ts'

export const MUTANTS: readonly Mutant[] = [...DECISIONS, ...ROUTES, ...GATES, ...PROCEDURES, ...CHANGES, ...BACKUPS]
