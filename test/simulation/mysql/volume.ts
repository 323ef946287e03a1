import { type GtidSet, union } from '../../../src/domain/gtid.ts'
import type { Random } from '../world/random.ts'
import type { SimVolume } from './world.ts'

/** A data directory. What is here outlives the process. */
export interface Data {
  readonly serverUuid: string
  /** Of the accounts, as they were when the directory was made. */
  readonly passwords: Readonly<Record<string, string>>
  startOnBoot: boolean
  seeds: readonly string[]
  /** The name of its group, when that was persisted; else it is the one in my.cnf. */
  groupName: string | undefined
  /** What the recovery channel logs in with. */
  replicationPassword: string | undefined
  executed: GtidSet
  /** The relay log of the group: received, and maybe not applied yet. */
  received: GtidSet
  purged: GtidSet
  /** The last copy to it. `dropped`: its own data are gone, and those of the donor are not there yet. */
  copy?: { state: 'In Progress' | 'Completed' | 'Failed'; readonly began: number; dropped: boolean; error?: string }
  /** The version that wrote it last; what is older does not start on it. */
  written?: string
  /** So many starts of mysqld still end as soon as they read it. */
  corrupt?: number
  /** The next that does not will be able to read it. */
  ailing?: boolean
}

/** Logs that start.sh has kept, or a whole data directory that it has renamed. */
export interface Kept {
  readonly id: string
  readonly holds: GtidSet
}

export interface Volume {
  readonly id: string
  /** The file `rebuild`: what a start was asked to do with the data, and has done. */
  rebuild: string
  readonly kept: Kept[]
  /** There is no room for its data twice. */
  crowded?: true
  /** The file `group`. */
  group: string | undefined
  /** Renamed into place when it is whole. */
  data: Data | undefined
}

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('')

export const newUuid = (random: Random): string => [8, 4, 4, 4, 12].map((digits) => hex(random, digits)).join('-')

export const newData = (random: Random, passwords: Data['passwords']): Data => ({
  serverUuid: newUuid(random),
  passwords,
  startOnBoot: false,
  seeds: [],
  groupName: undefined,
  replicationPassword: undefined,
  executed: new Map(),
  received: new Map(),
  purged: new Map(),
})

/** Data that were dropped are gone, whatever mysqld still says of what it has executed. */
export const holdsOf = (data: Data | undefined): GtidSet =>
  data && !data.copy?.dropped ? union(data.executed, data.received) : new Map()

export const viewVolume = ({ id, group, data, kept }: Volume): SimVolume => ({
  volume: id,
  initialised: data !== undefined,
  serverUuid: data?.serverUuid ?? '',
  groupName: group ?? '',
  startOnBoot: data?.startOnBoot ?? false,
  executed: data?.executed ?? new Map(),
  received: data?.received ?? new Map(),
  holds: holdsOf(data),
  kept: union(...kept.map(({ holds }) => holds)),
  purged: data?.purged ?? new Map(),
  ailing: data?.ailing === true,
})
