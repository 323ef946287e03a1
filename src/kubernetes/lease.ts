import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { OperatorError } from '../domain/errors.ts'
import type { Kubernetes, ObjectKey } from './port.ts'

/** Take-over after a leader's sudden death: at most LEASE_MS plus one LOOK_MS. Each look costs, all the time. */
const LEASE_MS = 7_000
const LOOK_MS = 2_500
const RENEW_MS = 2_500
/** After a renewal that did not succeed. */
const RETRY_MS = 1_000
/** A leader that could not renew for so long stops before another may start. */
const RENEW_DEADLINE_MS = 5_000

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined)

const microTime = (at: number): string => new Date(at).toISOString().replace('Z', '000Z')

/**
 * Runs `lead` while this process holds the Lease, and resolves when `signal` aborts or the Lease was lost.
 * The Lease only avoids double work; safety rests on compare-and-set of what is written.
 * Other holders are judged by when *we* saw them renew, never by their clock (as client-go does: tools/leaderelection).
 */
export const leadWhileHolding = async (
  kubernetes: Kubernetes,
  key: ObjectKey,
  identity: string,
  lead: (signal: AbortSignal) => Promise<void>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> => {
  let seen = { renewTime: '', at: 0 }
  /** The version of the Lease as we wrote it last. As long as nobody else wrote it, it is renewed without a look at it. */
  let held: string | undefined

  /** Writes what nobody else has written since `resourceVersion`. */
  const write = async (resourceVersion: string | undefined, spec: object): Promise<boolean> => {
    // What became of a write without an answer is not known.
    held = undefined
    const lease = await kubernetes.patch('Lease', key, { metadata: { resourceVersion }, spec })
    held = lease?.metadata.resourceVersion
    return lease !== undefined
  }

  /** One try to get or keep the Lease. */
  const acquire = async (): Promise<boolean> => {
    if (held) return write(held, { renewTime: microTime(Date.now()) })
    const lease = await kubernetes.get('Lease', key)
    const now = Date.now()
    const holder = lease?.spec?.holderIdentity
    const renewTime = lease?.spec?.renewTime ?? ''
    if (renewTime !== seen.renewTime) seen = { renewTime, at: now }
    if (lease && holder && holder !== identity && now - seen.at < LEASE_MS) return false
    const renewedNow = microTime(now)
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_MS / 1000,
      renewTime: renewedNow,
      acquireTime: holder === identity ? lease?.spec?.acquireTime : renewedNow,
    }
    if (lease) return write(lease.metadata.resourceVersion, spec)
    const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...key }, spec }
    return (await kubernetes.create(object)) === 'created'
  }

  const tryAcquire = async (): Promise<boolean> => {
    try {
      return await acquire()
    } catch (err) {
      if (!(err instanceof OperatorError && err.code === 'Conflict')) log.warn({ err }, 'lease not acquired')
      return false
    }
  }

  while (!signal.aborted && !(await tryAcquire())) await pause(LOOK_MS, signal)
  if (signal.aborted) return
  log.info({ lease: key.name, identity }, 'leading')

  const lost = new AbortController()
  const leading = lead(AbortSignal.any([signal, lost.signal]))
  let renewedAt = Date.now()
  let next = RENEW_MS
  for (;;) {
    const left = renewedAt + RENEW_DEADLINE_MS - Date.now()
    if (left <= 0) break
    await pause(Math.min(next, left), signal)
    if (signal.aborted) break
    const isRenewed = await tryAcquire()
    next = isRenewed ? RENEW_MS : RETRY_MS
    if (isRenewed) renewedAt = Date.now()
  }
  lost.abort()
  await leading
  if (signal.aborted) await release(kubernetes, key, identity)
  else log.error({ lease: key.name }, 'lease lost')
}

/** Lets the next leader start at once instead of waiting for the Lease to run out. */
const release = async (kubernetes: Kubernetes, key: ObjectKey, identity: string): Promise<void> => {
  const lease = await kubernetes.get('Lease', key)
  if (lease?.spec?.holderIdentity !== identity) return
  const { resourceVersion } = lease.metadata
  await kubernetes.patch('Lease', key, { metadata: { resourceVersion }, spec: { holderIdentity: '' } })
}
