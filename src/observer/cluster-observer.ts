import type { Logger } from 'pino'
import { type Clock, sleep } from '../clock.ts'
import { digest } from '../domain/digest.ts'
import { ownRow } from '../domain/group.ts'
import { type ClusterRef, memberHost, POD_NAME_LABEL, VIEW_ANNOTATION } from '../domain/names.ts'
import { route, selectedPod } from '../domain/routing.ts'
import type { MemberView } from '../domain/snapshot.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { Kubernetes } from '../kubernetes/port.ts'
import type { Access, MySQL } from '../mysql/port.ts'
import { type MemberPoll, pollMember } from './member-poll.ts'
import { labelRoles, moveWrites } from './write-service.ts'

/** Poll intervals, milliseconds: all members while anything changes, one secondary at rest, all of them slower when a change lasts. */
const RESTLESS_MS = 100
const LASTING_MS = 1_000
const SETTLED_MS = 1_500
const FAILED_MAX_MS = 5_000
/** How long a cluster counts as changing after the last news, and when a change counts as lasting. */
const UNREST_MS = 5_000
const LASTING_AFTER_MS = 120_000

export interface Observed {
  readonly pods: () => readonly Kinds['Pod'][]
  readonly service: () => Kinds['Service'] | undefined
  readonly incarnation: () => string | undefined
  readonly size: () => number
}

export interface ObserverPorts {
  readonly kubernetes: Kubernetes
  readonly mysql: MySQL
  readonly clock: Clock
  readonly domain: string
  readonly access: (ref: ClusterRef) => Promise<Access | undefined>
  /** Tells the workflow of the cluster that there is something to see. */
  readonly tell: (ref: ClusterRef, why: string) => void
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
  let unrestSince = clock.now()
  let unrestUntil = clock.now() + UNREST_MS
  let told = ''
  let unread = ''
  /** What the primary said of itself last: at rest it is not asked. */
  let writable: { readonly pod: string | undefined; readonly is: boolean } = { pod: undefined, is: false }
  let deciding = false
  let decideAgain = false
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

  const interval = (pod: string): number => {
    if (settled()) return pod === watchman() ? SETTLED_MS : Number.POSITIVE_INFINITY
    return clock.now() - unrestSince < LASTING_AFTER_MS ? RESTLESS_MS : LASTING_MS
  }
  const freshness = (): number => (settled() ? 3 * SETTLED_MS : 3 * LASTING_MS)

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
      }
    for (const [pod, ip] of wanted) {
      if (polls.has(pod) || stopping.signal.aborted) continue
      const address = { pod, ip, host: memberHost(ref, pod, ports.domain) }
      polls.set(
        pod,
        pollMember(ports.mysql, clock, address, {
          access,
          interval: () => interval(pod),
          onNews: (kind) => {
            if (kind !== 'view') stir()
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
    const selected = selectedPod(service?.spec?.selector)
    const sightings = [...polls.values()].flatMap((poll) => poll.sighting(freshness()) ?? [])
    const recordedView = service?.metadata.annotations?.[VIEW_ANNOTATION]
    const routing = route({ sightings, incarnation: observed.incarnation(), recordedView })
    const { primary, viewId } = routing
    let writes = selected
    if (service && primary && viewId && (primary !== selected || viewId !== recordedView)) {
      if (!(await moveWrites(ports.kubernetes, service, primary, viewId))) stir()
      else if (primary !== selected) {
        writes = primary
        log.info({ from: selected, to: primary, viewId }, 'writes moved')
        const ended = selected
          ? await polls
              .get(selected)
              ?.endClientSessions()
              .catch(() => 0)
          : 0
        if (ended) log.info({ pod: selected, ended }, 'client sessions ended on the old primary')
      }
    }
    if (routing.rows.length > 0) await labelRoles(ports.kubernetes, observed.pods(), routing.rows)

    const online = routing.rows.filter(({ state }) => state === 'ONLINE').length
    if (online !== observed.size() || primary === undefined) stir()
    const connected = [...polls].filter(([, poll]) => poll.connected()).map(([pod]) => pod)
    const states = sightings.map((sighting) => [sighting.pod, ownRow(sighting as MemberView)?.state])
    const seen = sightings.find(({ pod }) => pod === primary)
    if (seen || writable.pod !== primary) writable = { pod: primary, is: seen?.readOnly === false }
    const group = routing.rows.length > 0 ? [routing.viewId, routing.rows] : states
    tell(
      { connected: connected.toSorted(), group, writes, writable: writable.is },
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
