import { APPROVALS } from './approvals.ts'
import { BACKUPS } from './backups.ts'
import { CHANGES } from './changes.ts'
import { DECISIONS } from './decisions.ts'
import { GATES } from './gates.ts'
import { GROWTHS } from './growth.ts'
import { LATENESS } from './lateness.ts'
import { PROCEDURES } from './procedures.ts'
import { PRUDENCE } from './prudence.ts'
import { ROUTES } from './routing.ts'
import type { Mutant } from './types.ts'
import { VERSIONS } from './versions.ts'

const ASKED = [...APPROVALS, ...PRUDENCE, ...LATENESS]
const CHANGED = [...CHANGES, ...VERSIONS, ...GROWTHS, ...BACKUPS]

export const MUTANTS: readonly Mutant[] = [...DECISIONS, ...ROUTES, ...GATES, ...PROCEDURES, ...CHANGED, ...ASKED]
