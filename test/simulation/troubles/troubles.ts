import { AMBUSHES } from './ambushes.ts'
import { BACKUPS, RESTORES } from './backups.ts'
import { CHANGES } from './changes.ts'
import { GATES } from './gates.ts'
import { GROWTH } from './growth.ts'
import type { Make } from './make.ts'
import { MEMBERS } from './members.ts'
import { OBJECTS } from './objects.ts'
import { PERSON } from './person.ts'
import { PLATFORM } from './platform.ts'
import { REQUESTS } from './requests.ts'

const ORDINARY = { ...MEMBERS, ...PLATFORM, ...OBJECTS, ...PERSON, ...REQUESTS } as const
const ALL = { ...ORDINARY, ...AMBUSHES, ...CHANGES, ...GATES, ...GROWTH, ...BACKUPS, ...RESTORES } as const

export type Trouble = keyof typeof ALL
export const MAKE: Readonly<Record<Trouble, Make>> = ALL
// The keys of an object that is const. Ambushes come first in a story, or not at all; those of growth have a chance of their own.
export const TROUBLES = Object.keys(ORDINARY) as readonly Trouble[]
