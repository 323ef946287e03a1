import type { Make } from './make.ts'
import { MEMBERS } from './members.ts'
import { OBJECTS } from './objects.ts'
import { PERSON } from './person.ts'
import { PLATFORM } from './platform.ts'
import { REQUESTS } from './requests.ts'

const ALL = { ...MEMBERS, ...PLATFORM, ...OBJECTS, ...PERSON, ...REQUESTS } as const

export type Trouble = keyof typeof ALL
export const MAKE: Readonly<Record<Trouble, Make>> = ALL
// The keys of an object that is const.
export const TROUBLES = Object.keys(ALL) as readonly Trouble[]
