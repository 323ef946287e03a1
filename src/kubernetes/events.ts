import { API_VERSION, GROUP } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { digest } from '../domain/digest.ts'
import { OperatorError } from '../domain/errors.ts'
import type { ClusterRef } from '../domain/names.ts'
import type { Kubernetes } from './port.ts'

const NOTE_LENGTH = 1024
/** The API server's words for whoever makes an object in a namespace that is being deleted. */
const TERMINATING = /because it is being terminated/

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

/**
 * Publishes an event on a MySQLCluster. `occasion` tells apart events that should both be shown; a second publication
 * of the same text for the same occasion changes nothing, so that a repeated activity does not repeat its events. In a
 * namespace that is being deleted nothing can be told any more, and whoever waited for it would never end the cluster.
 */
export const publishEvent = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
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
    if (!(error instanceof OperatorError && TERMINATING.test(error.detail))) throw error
  }
}
