import type { Logger } from 'pino'
import type { GroupRecord, ProcedureKind } from '../../crds/mysqlcluster-status.ts'
import { type Clock, sleep } from '../clock.ts'
import { digest } from '../domain/digest.ts'
import { groupNames } from '../domain/errant.ts'
import { ownRow, primaryIn } from '../domain/group.ts'
import type { Move } from '../domain/moves.ts'
import { type ClusterRef, memberHost, POD_NAME_LABEL, VIEW_ANNOTATION } from '../domain/names.ts'
import { route, selectedPod } from '../domain/routing.ts'
import type { MemberView } from '../domain/snapshot.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { Kubernetes } from '../kubernetes/port.ts'
import type { Access, MySQL } from '../mysql/port.ts'
import { type MemberPoll, nextTick, pollMember } from './member-poll.ts'
import { createOldSessions } from './old-sessions.ts'
import { labelPods } from './pod-labels.ts'
import { findErrant } from './quarantine.ts'
import { followWrites } from './writes.ts'

/**
 * Between two looks, milliseconds: at all members while the primary changes, or anything does, slower when that lasts. At rest
 * one secondary is looked at with each tick.
 */
const URGENT_MS = 50
const RESTLESS_MS = 100
const LASTING_MS = 1_000
/** How old a look may be at rest to be believed. */
const SETTLED_FRESH_MS = 4_500
const FAILED_MAX_MS = 2_000
/** How long a cluster counts as changing after the last news, and when a change counts as lasting. */
const UNREST_MS = 5_000
const LASTING_AFTER_MS = 120_000
/** A primary is missed for 6 to 7 s until the group has elected another one. */
const URGENT_FOR_MS = 30_000
/**
 * So much later than the write Service the readers follow. kube-proxy waits for a second between two syncs (its nftables
 * mode): were another Service changed a moment before, writes would stand still for that second. While members disagree who
 * is the primary, readers stay where they are.
 */
const READERS_FOLLOW_MS = 300

/** Procedures in which the primary may be changed at any moment. */
const HANDS_OVER: readonly (ProcedureKind | undefined)[] = ['switchover', 'scaleIn', 'renewMember']

export interface Observed {
  readonly pods: () => readonly Kinds['Pod'][]
  readonly service: () => Kinds['Service'] | undefined
  /** The group on record. */
  readonly group: () => GroupRecord | undefined
  readonly size: () => number
  /** The procedure that is on record. */
  readonly procedure: () => ProcedureKind | undefined
}

export interface ObserverPorts {
  readonly kubernetes: Kubernetes
  readonly mysql: MySQL
  readonly clock: Clock
  readonly domain: string
  readonly access: (ref: ClusterRef) => Promise<Access | undefined>
  /** Tells the workflow of the cluster that there is something to see. */
  readonly tell: (ref: ClusterRef, why: string) => void
  /** The write Service was made to follow another primary. */
  readonly onMove: (ref: ClusterRef, move: Move) => void
}

export interface ClusterObserver {
  /** Something about the cluster changed in Kubernetes: look closely for a while. */
  stir(): void
  stop(): void
}

/**
 * Watches the group of one cluster and keeps its write Service and role labels right, without Temporal.
 * Everything it writes is a compare-and-set or idempotent: two observers at once do no harm.
 */
export const observeCluster = (
  ports: ObserverPorts,
  ref: ClusterRef,
  observed: Observed,
  log: Logger,
): ClusterObserver => {
  const { clock } = ports
  const polls = new Map<string, MemberPoll>()
  const endOn = (pod: string) => polls.get(pod)?.endClientSessions() ?? Promise.reject()
  const oldSessions = createOldSessions(clock, endOn, log, () => void decide())
  const writes = followWrites(ports, ref, observed, oldSessions, log)
  let unrestSince = clock.now()
  let unrestUntil = clock.now() + UNREST_MS
  let told = ''
  let unread = ''
  /** What the primary said of itself last: at rest it is not asked. */
  let writable: { readonly pod: string | undefined; readonly is: boolean } = { pod: undefined, is: false }
  let deciding = false
  let decideAgain = false
  let readersDue = 0
  const stopping = new AbortController()

  const settled = (): boolean => clock.now() > unrestUntil
  const stir = (): void => {
    if (settled()) unrestSince = clock.now()
    const wasSettled = settled()
    unrestUntil = clock.now() + UNREST_MS
    if (wasSettled) for (const poll of polls.values()) poll.wake()
    syncPolls()
  }

  /** The one member that is polled at rest: a secondary if there is one, as it notices the loss of the primary. */
  const watchman = (): string | undefined => {
    const connected = [...polls.keys()].filter((pod) => polls.get(pod)?.connected()).toSorted()
    return connected.find((pod) => pod !== observed.service()?.spec?.selector?.[POD_NAME_LABEL]) ?? connected[0]
  }

  const isUrgent = (): boolean => {
    const since = writes.missedSince()
    const isAsked = HANDS_OVER.includes(observed.procedure()) && clock.now() - unrestSince < LASTING_AFTER_MS
    return isAsked || (since !== undefined && clock.now() - since < URGENT_FOR_MS)
  }

  const due = (pod: string, looked: number): number => {
    if (isUrgent()) return looked + URGENT_MS
    if (settled()) return pod === watchman() ? nextTick(looked) : Number.POSITIVE_INFINITY
    return looked + (clock.now() - unrestSince < LASTING_AFTER_MS ? RESTLESS_MS : LASTING_MS)
  }
  const freshness = (): number => (settled() ? SETTLED_FRESH_MS : 3 * LASTING_MS)

  /** Members that are silent are ordinary. Secrets that cannot be read are not, and are told of once. */
  const access = async (): Promise<Access | undefined> => {
    try {
      const found = await ports.access(ref)
      unread = ''
      return found
    } catch (err) {
      const message = err instanceof Error ? err.message : String(err)
      if (message !== unread) log.warn({ err }, 'the Secrets of the cluster cannot be read, so no member is asked')
      unread = message
      throw err
    }
  }

  /** One poll for each pod that has an address; a pod that came back has another one. */
  const syncPolls = (): void => {
    const wanted = new Map(
      observed.pods().flatMap((pod) => (pod.status?.podIP ? [[pod.metadata.name, pod.status.podIP]] : [])),
    )
    for (const [pod, poll] of polls)
      if (wanted.get(pod) !== poll.address.ip) {
        poll.stop()
        polls.delete(pod)
        // Nobody hears of the end of that connection.
        if (pod === writes.home() && writes.miss()) unrestSince = clock.now()
      }
    for (const [pod, ip] of wanted) {
      if (polls.has(pod) || stopping.signal.aborted) continue
      const address = { pod, ip, host: memberHost(ref, pod, ports.domain) }
      polls.set(
        pod,
        pollMember(ports.mysql, clock, address, {
          group: () => groupNames(ref.uid, observed.group()),
          access,
          due: (looked) => due(pod, looked),
          isExpected: () => oldSessions.expects(pod),
          onNews: (kind) => {
            if (kind === 'lost' && pod === writes.home() && writes.miss()) unrestSince = clock.now()
            if (kind === 'view') oldSessions.answered(pod)
            else if (kind !== 'compared') stir()
            void decide()
          },
        }),
      )
    }
  }

  const tell = (fact: unknown, why: string): void => {
    const key = digest(fact)
    if (key === told) return
    told = key
    stir()
    ports.tell(ref, why)
  }

  const act = async (): Promise<void> => {
    const service = observed.service()
    const sightings = [...polls.values()].flatMap((poll) => poll.sighting(freshness()) ?? [])
    const recordedView = service?.metadata.annotations?.[VIEW_ANNOTATION]
    const routing = route({ sightings, incarnation: observed.group()?.incarnation, recordedView })
    const { primary, viewId } = routing
    if (writes.compare(sightings, routing)) unrestSince = clock.now()
    const selected = selectedPod(service?.spec?.selector)
    let leadTo = selected
    if (service && primary && viewId && (primary !== selected || viewId !== recordedView)) {
      if (await writes.lead(service, routing)) leadTo = primary
      else stir()
      if (leadTo === primary && selected !== undefined && primary !== selected) {
        readersDue = clock.now() + READERS_FOLLOW_MS
        void sleep(clock, READERS_FOLLOW_MS, stopping.signal).then(decide)
      }
    }
    const named = primaryIn(routing.rows)?.pod
    const writesFollow = named !== undefined && selected !== undefined && named !== leadTo
    if (routing.rows.length > 0 && !writesFollow && clock.now() >= readersDue) {
      const errant = findErrant(routing, observed.pods(), polls)
      const isLeaving = (pod: string): boolean => oldSessions.isLeaving(pod)
      await labelPods(ports.kubernetes, observed.pods(), { rows: routing.rows, errant, isLeaving })
    }

    const online = routing.rows.filter(({ state }) => state === 'ONLINE').length
    const isLeft = routing.rows.some(({ pod, state }) => state === 'ONLINE' && oldSessions.isLeaving(pod))
    if (online !== observed.size() || isLeft || primary === undefined || writes.missedSince() !== undefined) stir()
    const connected = [...polls].filter(([, poll]) => poll.connected()).map(([pod]) => pod)
    const states = sightings.map((sighting) => [sighting.pod, ownRow(sighting as MemberView)?.state])
    const seen = sightings.find(({ pod }) => pod === primary)
    if (seen || writable.pod !== primary) writable = { pod: primary, is: seen?.readOnly === false }
    const foreign = [...polls].map(([pod, poll]) => [pod, poll.foreign()?.gtids]).filter(([, others]) => others)
    const full = [...polls].filter(([, poll]) => poll.lacksSpace()).map(([pod]) => pod)
    const group = routing.rows.length > 0 ? [routing.viewId, routing.rows] : states
    tell(
      {
        connected: connected.toSorted(),
        group,
        writes: leadTo,
        writable: writable.is,
        foreign: foreign.toSorted(),
        full,
      },
      `${online} of ${observed.size()} members online, primary ${primary ?? 'unknown'}`,
    )
  }

  /** Decides on what is known now; news that comes meanwhile makes it decide once more. */
  const decide = async (): Promise<void> => {
    decideAgain = true
    if (deciding) return
    deciding = true
    let failures = 0
    while (decideAgain && !stopping.signal.aborted) {
      decideAgain = false
      try {
        await act()
        failures = 0
      } catch (err) {
        failures += 1
        log.warn({ err, cluster: ref, failures }, 'routing failed, trying again')
        await sleep(clock, Math.min(FAILED_MAX_MS, RESTLESS_MS * 2 ** failures), stopping.signal)
        decideAgain = true
      }
    }
    deciding = false
  }
  syncPolls()

  return {
    stir() {
      stir()
      void decide()
    },
    stop() {
      stopping.abort()
      for (const poll of polls.values()) poll.stop()
    },
  }
}
