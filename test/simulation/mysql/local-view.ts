import type { GroupRow, MemberState } from '../../../src/domain/snapshot.ts'
import type { Group } from './group.ts'
import type { Server } from './server.ts'

/** What the group told a member last. It stays what it is while the member hears nothing. */
export interface Snapshot {
  readonly version: number
  readonly viewId: string
  readonly rows: readonly {
    readonly server: Server
    readonly state: 'ONLINE' | 'RECOVERING'
    readonly role: 'PRIMARY' | 'SECONDARY'
  }[]
}

export interface InGroup {
  readonly kind: 'In'
  readonly group: Group
  seen: Snapshot
  /** The VIEW_ID that it shows. */
  viewId: string
  /** Members shown UNREACHABLE. */
  readonly suspects: Set<Server>
  /** Timers: silence of a member until it is suspected, suspicion until it is expelled, and what a member does alone. */
  readonly silences: Map<Server, () => void>
  readonly expulsions: Map<Server, () => void>
  minority: (() => void) | undefined
  noticing: (() => void) | undefined
}

/** What a member knows of its group. */
export type Local =
  | { readonly kind: 'Offline' }
  | { readonly kind: 'Error'; readonly viewId: string; readonly rows: readonly GroupRow[] }
  | InGroup

export const enterView = (group: Group, seen: Snapshot): InGroup => ({
  kind: 'In',
  group,
  seen,
  viewId: seen.viewId,
  suspects: new Set(),
  silences: new Map(),
  expulsions: new Map(),
  minority: undefined,
  noticing: undefined,
})

/** Stops all that a member does about its group. */
export const leaveView = (local: Local): void => {
  if (local.kind !== 'In') return
  for (const cancel of [...local.silences.values(), ...local.expulsions.values()]) cancel()
  local.minority?.()
  local.noticing?.()
}

/** The rows of performance_schema.replication_group_members on this member. */
export const rowsOf = ({ spec, version, local }: Server): readonly GroupRow[] => {
  if (local.kind === 'Offline') return [{ pod: spec.pod, state: 'OFFLINE', role: '', version }]
  if (local.kind === 'Error') return [{ pod: spec.pod, state: 'ERROR', role: '', version }, ...local.rows]
  return local.seen.rows.map(({ server, state, role }) => ({
    pod: server.spec.pod,
    state: local.suspects.has(server) ? 'UNREACHABLE' : state,
    role,
    version: server.version,
    uuid: server.volume.data?.serverUuid ?? '',
  }))
}

export const stateOf = (server: Server): MemberState =>
  rowsOf(server).find(({ pod }) => pod === server.spec.pod)?.state ?? 'OFFLINE'

export const viewIdOf = ({ local }: Server): string => (local.kind === 'Offline' ? '' : local.viewId)
