import { AMBUSHES } from './ambushes.ts'
import { BACKUPS, EXCLUSIONS, RESTORES } from './backups.ts'
import { CHANGES } from './changes.ts'
import { GATES } from './gates.ts'
import { GROWTH } from './growth.ts'
import { LATE_CHANGES } from './late-changes.ts'
import type { Make } from './make.ts'
import { MEMBERS } from './members.ts'
import { OBJECTS } from './objects.ts'
import { PERSON } from './person.ts'
import { PLATFORM } from './platform.ts'
import { PRUDENCE } from './prudence.ts'
import { REQUESTS } from './requests.ts'
import { VERSIONS } from './versions.ts'

const ORDINARY = { ...MEMBERS, ...PLATFORM, ...OBJECTS, ...PERSON, ...REQUESTS } as const
/** Accidents of changes, in which one rule alone matters. They have a turn of their own, too. */
const CAREFUL = { ...LATE_CHANGES, ...VERSIONS, ...PRUDENCE } as const
const STORED = { ...BACKUPS, ...EXCLUSIONS, ...RESTORES } as const
const ALL = { ...ORDINARY, ...AMBUSHES, ...CHANGES, ...GATES, ...GROWTH, ...CAREFUL, ...STORED } as const

export type Trouble = keyof typeof ALL
export const MAKE: Readonly<Record<Trouble, Make>> = ALL
// The keys of an object that is const. Ambushes come first in a story, or not at all; those of growth have a chance of their own.
export const TROUBLES = Object.keys(ORDINARY) as readonly Trouble[]
export const CAREFUL_NAMES = Object.keys(CAREFUL) as readonly Trouble[]
export const EXCLUSION_NAMES = Object.keys(EXCLUSIONS) as readonly Trouble[]
