import type { Content } from './event.ts'

/** Where in a transaction the last event was: before its first statement, or among those that a BEGIN opened. */
export type Place = 'begun' | 'inside'

/** What an event of an open transaction does to it. */
export type Step = Place | 'ended' | 'kept-out' | 'impossible'

const opens = (query: string): boolean => query === 'BEGIN' || query.startsWith('XA START')
const ends = (query: string): boolean => query === 'COMMIT' || query === 'ROLLBACK'

/**
 * Where a transaction is after another event, as the server's own parser decides it: one that a BEGIN opened ends with an XID, an XA
 * PREPARE or a COMMIT; any other ends with its first statement, or with its payload. `kept-out`: a heartbeat, which is no part of it.
 * Source: mysql/mysql-server:sql/rpl_trx_boundary_parser.cc.
 */
export const stepOf = (place: Place, event: Content): Step => {
  switch (event.kind) {
    case 'heartbeat':
      return 'kept-out'
    case 'query': {
      const query = event.query.trim().toUpperCase()
      if (place === 'begun') return opens(query) ? 'inside' : 'ended'
      return ends(query) ? 'ended' : 'inside'
    }
    case 'commit':
      return place === 'inside' ? 'ended' : 'impossible'
    case 'payload':
      return place === 'begun' ? 'ended' : 'impossible'
    case 'other':
      return place
    case 'format':
    case 'rotate':
    case 'previous':
    case 'gtid':
    case 'anonymous':
    case 'stop':
      return 'impossible'
  }
}
