import type { Logger } from 'pino'
import { API_VERSION, GROUP } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { type Clock, systemClock } from '../clock.ts'
import { digest } from '../domain/digest.ts'
import { ERRORS, OperatorError } from '../domain/errors.ts'
import type { ClusterRef } from '../domain/names.ts'
import type { Kubernetes } from './port.ts'

const NOTE_LENGTH = 1024
/** For so long an event is tried again that the API server cannot take; so many are remembered. */
const GIVE_UP_MS = 60_000
const REMEMBERED = 100
/** The API server's words for whoever makes an object in a namespace that is being deleted. */
const TERMINATING = /because it is being terminated/

/** True when the API server takes nothing new in a namespace that is being deleted. */
export const isTerminating = (error: unknown): boolean =>
  error instanceof OperatorError && TERMINATING.test(error.detail)

/**
 * The same API server for somebody who needs no events: one that is denied or refused is told of in the log, once until one
 * is taken again, and whoever wanted to write it goes on. What passes by itself is still an error, so that it is tried again:
 * for a minute, as it may not pass (a webhook that is away), and the status behind it matters more.
 */
export const withoutNeedOfEvents = (
  kubernetes: Kubernetes,
  log: Pick<Logger, 'error'>,
  clock: Pick<Clock, 'now'> = systemClock,
): Kubernetes => {
  let told = false
  /** When each event failed first that could not be taken since. */
  const failing = new Map<string, number>()

  const isHopeless = (name: string, error: OperatorError): boolean => {
    if (error.code === 'Forbidden' || error.code === 'KubernetesRefused') return true
    const since = failing.get(name) ?? clock.now()
    failing.set(name, since)
    const [oldest] = failing.keys()
    if (failing.size > REMEMBERED && oldest !== undefined) failing.delete(oldest)
    return error.code === 'KubernetesUnavailable' && clock.now() - since >= GIVE_UP_MS
  }
  return {
    ...kubernetes,
    async create(object) {
      if (object.kind !== 'Event') return kubernetes.create(object)
      const name = `${object.metadata?.namespace}/${object.metadata?.name}`
      try {
        const made = await kubernetes.create(object)
        told = false
        failing.delete(name)
        return made
      } catch (err) {
        if (!(err instanceof OperatorError) || isTerminating(err) || !isHopeless(name, err)) throw err
        failing.delete(name)
        if (!told) log.error({ err, remedy: ERRORS[err.code].remedy }, 'no event can be written; all else goes on')
        told = true
        return 'exists'
      }
    },
  }
}

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

/** Whose event it is: a MySQLCluster, where no other kind is named. */
export interface Regarding extends ClusterRef {
  readonly kind?: string
}

/**
 * Publishes an event on a MySQLCluster, or on another object of ours. `occasion` tells apart events that should both be shown; a second publication
 * of the same text for the same occasion changes nothing, so that a repeated activity does not repeat its events. In a
 * namespace that is being deleted nothing can be told any more, and whoever waited for it would never end the cluster.
 */
export const publishEvent = async (
  kubernetes: Kubernetes,
  ref: Regarding,
  text: EventText,
  occasion: string,
  instance: string,
  /** RFC 3339, milliseconds. */
  now: string,
): Promise<void> => {
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${ref.name}.${digest({ uid: ref.uid, text, occasion })}`, namespace: ref.namespace },
    eventTime: now.replace('Z', '000Z'),
    reportingController: `${GROUP}/mysql-operator`,
    reportingInstance: instance,
    type: text.type,
    reason: text.reason,
    action: text.action,
    note: text.note.slice(0, NOTE_LENGTH),
    regarding: { apiVersion: API_VERSION, kind: KIND, ...ref },
  }
  try {
    await kubernetes.create(event as Parameters<Kubernetes['create']>[0])
  } catch (error) {
    if (!isTerminating(error)) throw error
  }
}
