import { pino } from 'pino'
import { OperatorError } from '../../src/domain/errors.ts'
import type { Move } from '../../src/domain/moves.ts'
import { objectNames, POD_NAME_LABEL } from '../../src/domain/names.ts'
import type { GroupRow } from '../../src/domain/snapshot.ts'
import type { Kinds } from '../../src/kubernetes/kinds.ts'
import { readMoves } from '../../src/kubernetes/moves.ts'
import type { Kubernetes } from '../../src/kubernetes/port.ts'
import type { MySQL } from '../../src/mysql/port.ts'
import { type Observed, observeCluster } from '../../src/observer/cluster-observer.ts'
import { createTime } from '../simulation/world/time.ts'
import { CLUSTER, podName, primary, RECORD, REF, row, viewId } from './snapshots.ts'

/** A member, as the observer meets it. */
export interface TestMember {
  rows: readonly GroupRow[]
  counter: number
  readOnly: boolean
  foreign: string
  lacksSpace: boolean
  /** How many sessions of clients it has. */
  clients: number
  /** Nobody can connect to it, and it does not answer. */
  silent: boolean
  looks: number
  deleting: boolean
}

export const led = (by: number, ordinals: readonly number[] = [0, 1, 2]) =>
  ordinals.map((ordinal) => (ordinal === by ? primary(ordinal) : row(ordinal)))

/** Three members at rest, of which the first is the primary. */
export const trio = (): [TestMember, TestMember, TestMember] => {
  const member = (ordinal: number): TestMember => ({
    rows: led(0),
    counter: 3,
    readOnly: ordinal !== 0,
    foreign: '',
    lacksSpace: false,
    clients: 0,
    silent: false,
    looks: 0,
    deleting: false,
  })
  return [member(0), member(1), member(2)]
}

type Marks = Readonly<Record<string, string>>

/** As a merge patch does. */
const merge = (before: Marks, after: Readonly<Record<string, string | null>> = {}): Marks =>
  Object.fromEntries(
    Object.entries({ ...before, ...after }).filter((entry): entry is [string, string] => entry[1] !== null),
  )

const unreachable = (): never => {
  throw new OperatorError('MemberUnreachable', 'silent')
}

/** Members and a write Service, and the observer that looks at them, on virtual time. */
export const observe = async (members: readonly TestMember[], started?: Partial<Observed>) => {
  const time = createTime(0)
  const told: string[] = []
  const moves: Move[] = []
  const patches: { kind: string; name: string; body: object }[] = []
  const closers = new Map<number, Set<() => void>>()
  const marks = new Map<string, { labels: Marks; annotations: Marks }>()
  let version = 1
  let conflicts = 0
  let ownNames: readonly string[] = []
  let service = {
    metadata: { namespace: REF.namespace, name: objectNames(CLUSTER).primary, resourceVersion: '1' },
    spec: {},
  } as unknown as Kinds['Service']

  const kubernetes = {
    async patch(kind: string, { name }: { name: string }, body: Record<string, Record<string, unknown>>) {
      patches.push({ kind, name, body })
      if (kind === 'Pod') {
        const { labels, annotations } = body['metadata'] as Record<string, Record<string, string | null>>
        const known = marks.get(name) ?? { labels: {}, annotations: {} }
        marks.set(name, { labels: merge(known.labels, labels), annotations: merge(known.annotations, annotations) })
      }
      if (kind !== 'Service') return {}
      if (body['metadata']?.['resourceVersion'] !== service.metadata.resourceVersion)
        throw new OperatorError('Conflict', 'changed meanwhile')
      if (conflicts > 0) {
        conflicts -= 1
        throw new OperatorError('Conflict', 'changed meanwhile')
      }
      version += 1
      const annotations = { ...service.metadata.annotations, ...(body['metadata']?.['annotations'] ?? {}) }
      const metadata = { ...service.metadata, annotations, resourceVersion: `${version}` }
      service = { ...service, metadata, spec: body['spec'] ?? {} }
      return service
    },
  } as unknown as Kubernetes

  const removed = new Set<number>()
  const unready = new Set<number>()

  const open: MySQL['open'] = async ({ pod }) => {
    const ordinal = Number(pod.slice(-1))
    const member = members[ordinal] as TestMember
    if (member.silent) unreachable()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const open = closers.get(ordinal) ?? new Set()
    closers.set(ordinal, open.add(resolve))
    return {
      async look() {
        member.looks += 1
        if (member.silent) unreachable()
        return { viewId: viewId(member.counter), readOnly: member.readOnly, rows: member.rows }
      },
      async compare(names) {
        ownNames = names
        return { foreign: member.foreign, lacksSpace: member.lacksSpace }
      },
      async endClientSessions() {
        if (member.silent) unreachable()
        const ended = member.clients
        member.clients = 0
        return ended
      },
      closed,
      close: resolve,
    }
  }

  const observer = observeCluster(
    {
      kubernetes,
      mysql: { open } as unknown as MySQL,
      clock: time,
      domain: 'cluster.local',
      access: async () => ({ authority: '', operator: '', replication: '' }),
      tell: (_, why) => void told.push(why),
      onMove: (_, move) => void moves.push(move),
    },
    REF,
    {
      pods: () =>
        members.flatMap(({ deleting }, ordinal) =>
          removed.has(ordinal)
            ? []
            : {
                metadata: {
                  namespace: REF.namespace,
                  name: podName(ordinal),
                  uid: `${ordinal}`,
                  ...marks.get(podName(ordinal)),
                  ...(deleting ? { deletionTimestamp: 'now' } : {}),
                },
                status: {
                  podIP: `10.0.0.${ordinal}`,
                  conditions: [{ type: 'Ready', status: unready.has(ordinal) ? 'False' : 'True' }],
                },
              },
        ) as unknown as Kinds['Pod'][],
      service: () => service,
      group: () => RECORD,
      size: () => members.length,
      procedure: () => undefined,
      ...started,
    },
    pino({ level: 'silent' }),
  )

  return {
    time,
    told,
    moves,
    patches,
    observer,
    /** Where writes go. */
    writes: () => service.spec?.selector?.[POD_NAME_LABEL],
    /** Labels and annotations of a pod. */
    marks: (ordinal: number) => marks.get(podName(ordinal)),
    /** Whose transactions are no foreign ones. */
    ownNames: () => ownNames,
    noted: () => readMoves(service),
    /** Somebody changes the Service. */
    change(over: Partial<Kinds['Service']>) {
      version += 1
      service = { ...service, ...over, metadata: { ...service.metadata, resourceVersion: `${version}` } }
    },
    /** So many moves of the writes come too late: somebody else has changed the Service. */
    refuse(times: number) {
      conflicts = times
    },
    /** The process of a member dies: its connections are closed, and it is silent. */
    kill(ordinal: number) {
      const member = members[ordinal] as TestMember
      member.silent = true
      for (const close of closers.get(ordinal) ?? []) close()
    },
    /** Kubelet finds the pod ready, or not. */
    becomes(ordinal: number, how: 'ready' | 'not ready') {
      if (how === 'ready') unready.delete(ordinal)
      else unready.add(ordinal)
      observer.stir()
    },
    /** A pod is removed from Kubernetes; what runs in it goes on. */
    remove(ordinal: number) {
      removed.add(ordinal)
      observer.stir()
    },
    pass: (ms: number) => time.runUntil(time.now() + ms),
  }
}
