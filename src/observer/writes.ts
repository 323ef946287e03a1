import type { Logger } from 'pino'
import { primaryIn } from '../domain/group.ts'
import { kindOfMove, type Move } from '../domain/moves.ts'
import { type ClusterRef, MOVES_ANNOTATION } from '../domain/names.ts'
import { type Routing, type Sighting, selectedPod } from '../domain/routing.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import { readMoves } from '../kubernetes/moves.ts'
import { createAbsence } from './absence.ts'
import type { Observed, ObserverPorts } from './cluster-observer.ts'
import type { OldSessions } from './old-sessions.ts'
import { moveWrites } from './write-service.ts'

/** The writes of one cluster: who takes them, since when that one is missed, and how they come to another. */
export interface Writes {
  /** The pod that took them last, whatever somebody made of the selector. */
  home(): string | undefined
  /** Epoch milliseconds; undefined while nothing speaks against it that `home` takes writes. */
  missedSince(): number | undefined
  /** The connection to `home` was lost. True when it was not missed before. */
  miss(): boolean
  /** Compares what is seen with `home`. True when it is missed from now on. */
  compare(sightings: readonly Sighting[], routing: Routing): boolean
  /** Points the write Service at the primary of `routing`. False when somebody else changed the Service meanwhile. */
  lead(service: Kinds['Service'], routing: Routing): Promise<boolean>
}

export const followWrites = (
  ports: Pick<ObserverPorts, 'kubernetes' | 'clock' | 'onMove'>,
  ref: ClusterRef,
  observed: Observed,
  oldSessions: OldSessions,
  log: Logger,
): Writes => {
  const { clock } = ports
  const absence = createAbsence(clock)
  let read: { readonly text: string | undefined; readonly moves: readonly Move[] } = { text: undefined, moves: [] }
  /** Asked several times with each look: what has not changed is not parsed again. */
  const moves = (): readonly Move[] => {
    const service = observed.service()
    const text = service?.metadata.annotations?.[MOVES_ANNOTATION]
    if (text !== read.text) read = { text, moves: readMoves(service) }
    return read.moves
  }
  const home = (): string | undefined => moves()[0]?.to ?? selectedPod(observed.service()?.spec?.selector)

  const [last] = moves()
  if (last?.from !== undefined) oldSessions.leave(last.from, last.moved)

  const miss = (): boolean => {
    const pod = home()
    return pod !== undefined && absence.miss(pod)
  }

  /** What is to be noted of a change of the primary; undefined when it is the same as before. */
  const moveTo = (to: string, rows: Routing['rows']): Move | undefined => {
    const from = home()
    if (from === to) return undefined
    const moved = clock.now()
    const during = observed.procedure()
    const isEnding = observed.pods().some(({ metadata }) => metadata.name === from && metadata.deletionTimestamp)
    return {
      ...(from === undefined ? {} : { from }),
      to,
      kind: from === undefined ? 'handover' : kindOfMove(from, rows, isEnding),
      missed: absence.since(from) ?? moved,
      moved,
      ...(during ? { during } : {}),
    }
  }

  return {
    home,
    missedSince: () => absence.since(home()),
    miss,
    compare(sightings, { rows }) {
      const pod = home()
      if (pod === undefined) return false
      if (rows.length > 0 && primaryIn(rows)?.pod !== pod) return miss()
      const own = sightings.find((sighting) => sighting.pod === pod)
      if (own && !own.readOnly && primaryIn(own.rows)?.pod === pod) absence.see(pod)
      return false
    },
    async lead(service, { primary, viewId, rows }) {
      if (!primary || !viewId) return false
      const selected = selectedPod(service.spec?.selector)
      const move = moveTo(primary, rows)
      if (!(await moveWrites(ports.kubernetes, service, primary, viewId, move))) return false
      oldSessions.arrive(primary)
      if (primary === selected) return true
      log.info({ from: selected, to: primary, viewId, ...move }, 'writes moved')
      if (move) ports.onMove(ref, move)
      for (const old of new Set([selected, move?.from]))
        if (old !== undefined && old !== primary) oldSessions.leave(old, clock.now())
      return true
    },
  }
}
