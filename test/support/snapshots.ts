import type { GroupRow, MemberView, ObjectsView, PodView, Snapshot } from '../../src/domain/snapshot.ts'

export const CLUSTER = 'shop'
export const REF = { namespace: 'default', name: CLUSTER, uid: '9d3c1a52-4b0e-4f6e-8a55-0c1d2e3f4a5b' } as const
export const VERSION = '9.7.0'
export const INCARNATION = '17638312001234567'
export const CREATED_AT = Date.UTC(2026, 0, 1)

/** The GTIDs of transactions of the group, `1` to `last`. */
export const transactions = (last: number): string => (last === 0 ? '' : `${REF.uid}:1${last > 1 ? `-${last}` : ''}`)

/** A transaction that only the member with this ordinal made by itself. */
export const errant = (ordinal: number): string => `aaaaaaaa-0000-4000-8000-00000000000${ordinal}:1`

export const podName = (ordinal: number): string => `${CLUSTER}-${ordinal}`

export const pod = (ordinal: number, over: Partial<PodView> = {}): PodView => ({
  name: podName(ordinal),
  uid: `pod-uid-${ordinal}`,
  ordinal,
  ip: `10.0.0.${ordinal + 1}`,
  ready: true,
  deleting: false,
  ...over,
})

export const row = (
  ordinal: number,
  state: GroupRow['state'] = 'ONLINE',
  role: GroupRow['role'] = state === 'ONLINE' ? 'SECONDARY' : '',
): GroupRow => ({ pod: podName(ordinal), state, role, version: VERSION })

export const primary = (ordinal: number): GroupRow => row(ordinal, 'ONLINE', 'PRIMARY')

/** A view of the recorded group, or of `incarnation`. */
export const viewId = (counter: number, incarnation = INCARNATION): string => `${incarnation}:${counter}`

/** A member that answers and is in no group. */
export const lonely = (ordinal: number, over: Partial<MemberView> = {}): MemberView => ({
  pod: podName(ordinal),
  serverUuid: `server-uuid-${ordinal}`,
  version: VERSION,
  readOnly: true,
  startOnBoot: false,
  uptimeSeconds: 10,
  holds: '',
  purged: '',
  viewId: '',
  rows: [row(ordinal, 'OFFLINE')],
  ...over,
})

/** A member that answers, with its view of the group. */
export const grouped = (ordinal: number, rows: readonly GroupRow[], over: Partial<MemberView> = {}): MemberView => {
  const takesWrites = rows.some(({ pod: name, role }) => name === podName(ordinal) && role === 'PRIMARY')
  return lonely(ordinal, {
    readOnly: !takesWrites,
    startOnBoot: true,
    uptimeSeconds: 3600,
    holds: transactions(100),
    viewId: viewId(rows.length),
    rows,
    ...over,
  })
}

export const PRESENT: ObjectsView = { kind: 'Present', replicas: 3 }
export const RECORD = { seed: podName(0), incarnation: INCARNATION, bootstraps: 1 } as const

export const claim = (ordinal: number, createdAt = CREATED_AT + 1000): Snapshot['claims'][number] => ({
  name: `data-${podName(ordinal)}`,
  ordinal,
  createdAt,
  phase: 'Bound',
})

const ordinals = (size: number): readonly number[] => Array.from({ length: size }, (_, ordinal) => ordinal)

/** A cluster of three whose objects and pods are there, and whose members do not answer yet. */
export const snapshot = (over: Partial<Snapshot> = {}): Snapshot => {
  const size = over.size ?? 3
  return {
    takenAt: CREATED_AT + 60_000,
    generation: 1,
    createdAt: CREATED_AT,
    size,
    paused: false,
    deleting: false,
    objects: PRESENT,
    pods: ordinals(size).map((ordinal) => pod(ordinal)),
    claims: ordinals(size).map((ordinal) => claim(ordinal)),
    members: [],
    ...over,
  }
}

/** A cluster whose members answer, and none of them is in a group; they once were. */
export const fallen = (members: readonly MemberView[], over: Partial<Snapshot> = {}): Snapshot =>
  snapshot({ group: RECORD, status: { phase: 'Healthy' }, members, ...over })

/** A cluster whose members are all ONLINE in the recorded group, the first of them taking the writes. */
export const serving = (over: Partial<Snapshot> = {}): Snapshot => {
  const size = over.size ?? 3
  const rows = ordinals(size).map((ordinal) => (ordinal === 0 ? primary(0) : row(ordinal)))
  return snapshot({
    group: RECORD,
    status: { phase: 'Healthy' },
    members: ordinals(size).map((ordinal) => grouped(ordinal, rows)),
    writes: podName(0),
    ...over,
  })
}
