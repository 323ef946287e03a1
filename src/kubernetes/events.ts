import { API_VERSION, GROUP } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { digest } from '../domain/digest.ts'
import type { ClusterRef } from '../domain/names.ts'
import type { Kubernetes } from './port.ts'

const NOTE_LENGTH = 1024

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

/**
 * Publishes an event on a MySQLCluster. `occasion` tells apart events that should both be shown; a second publication
 * of the same text for the same occasion changes nothing, so that a repeated activity does not repeat its events.
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
  await kubernetes.create({
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
  } as Parameters<Kubernetes['create']>[0])
}
