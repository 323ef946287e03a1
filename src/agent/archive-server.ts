import { createServer, type Server } from 'node:http'
import type { Clock } from '../clock.ts'
import type { ArchiveReport } from '../domain/archive-report.ts'
import { count, formatGtidSet, isEmpty } from '../domain/gtid.ts'
import type { ArchiveState } from './archiver.ts'

/** A set that is longer is left out of what is told. */
const LONGEST_GTIDS = 16_384

/** What the operator is told of an archive. */
export const reportOf = (state: ArchiveState): ArchiveReport => {
  const { trouble, source, through, skipped, segments, bytes } = state
  const [archived, missing] = [formatGtidSet(state.known), formatGtidSet(skipped)]
  return {
    v: 1,
    ...(trouble ? { trouble } : {}),
    ...(source ? { source } : {}),
    ...(through === undefined ? {} : { through: new Date(through).toISOString() }),
    ...(archived.length <= LONGEST_GTIDS ? { archived } : {}),
    ...(isEmpty(skipped) ? {} : { skipped: missing.slice(0, LONGEST_GTIDS) }),
    ...{ segments, bytes },
  }
}

const gauge = (name: string, help: string, value: number): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`

/** What is measured of an archive, in the format of Prometheus. */
export const metricsOf = ({ through, skipped, trouble, pruned = 0 }: ArchiveState, now: number): string =>
  [
    ...(through === undefined
      ? []
      : [
          gauge(
            'mysql_archiver_lag_seconds',
            'What was committed longer ago than this is archived.',
            Math.max(0, now - through) / 1000,
          ),
        ]),
    gauge('mysql_archiver_failing', '1 while the archive does not get on.', Number(trouble !== undefined)),
    gauge(
      'mysql_archiver_skipped_transactions',
      'Transactions that nobody had any more when the archive came to them.',
      count(skipped),
    ),
    gauge('mysql_archiver_pruned_segments', 'Segments that this pod removed, as every backup holds them.', pruned),
  ].join('')

/** Answers at `/state` what the archive does, at `/metrics` how far behind it is, and at `/healthz` that its process lives. */
export const serveArchive = (port: number, clock: Clock, state: () => ArchiveState): Server =>
  createServer((request, response) => {
    if (request.url === '/healthz') {
      response.writeHead(200).end('ok')
      return
    }
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metricsOf(state(), clock.now()))
      return
    }
    if (request.url !== '/state') {
      response.writeHead(404).end()
      return
    }
    const report = { ...reportOf(state()), at: new Date(clock.now()).toISOString() }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(report))
  }).listen(port)
