import { afterEach, describe, expect, test } from '@jest/globals'
import { OperatorError } from '../../src/domain/errors.ts'
import { createKubernetes } from '../../src/kubernetes/api.ts'
import { leadWhileHolding } from '../../src/kubernetes/lease.ts'
import { until, useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const NAME = 'mysql-operator'

interface Contender {
  readonly leads: () => boolean
  readonly ended: Promise<void>
  /** Ends it as SIGTERM does. */
  stop(): Promise<void>
  /** Cuts it off from the API server, without a word to anybody. */
  cut(): void
}

let contenders: Contender[] = []
afterEach(async () => {
  await Promise.all(contenders.map((one) => one.stop()))
  contenders = []
})

const contend = (namespace: string, identity: string): Contender => {
  const stopped = new AbortController()
  let connected = true
  let leading = false
  const kubernetes = createKubernetes((request) => {
    if (!connected) throw new OperatorError('KubernetesUnavailable', 'cut off')
    return stage().send(request)
  })
  const lead = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      leading = true
      signal.addEventListener('abort', () => {
        leading = false
        resolve()
      })
    })
  const ended = leadWhileHolding(kubernetes, { namespace, name: NAME }, identity, lead, stage().log, stopped.signal)
  const contender: Contender = {
    leads: () => leading,
    ended,
    cut: () => {
      connected = false
    },
    async stop() {
      connected = true
      stopped.abort()
      await ended
    },
  }
  contenders.push(contender)
  return contender
}

const leaders = (...all: readonly Contender[]): number => all.filter((one) => one.leads()).length

describe('of two contenders', () => {
  test('one leads, and the Lease says which', async () => {
    const namespace = await stage().namespace()
    const [a, b] = [contend(namespace, 'a'), contend(namespace, 'b')]
    await until('one to lead', () => leaders(a, b) === 1)
    const lease = await stage().kubernetes.get('Lease', { namespace, name: NAME })
    expect(lease?.spec?.holderIdentity).toBe(a.leads() ? 'a' : 'b')
    expect(leaders(a, b)).toBe(1)
  })

  test('the second takes over at once from the one that lets go', async () => {
    const namespace = await stage().namespace()
    const a = contend(namespace, 'a')
    await until('a to lead', a.leads)
    const b = contend(namespace, 'b')
    await a.stop()
    expect(leaders(a, b)).toBe(0)
    await until('b to lead', b.leads, 4_000)
  })

  test('the second takes over from one that is gone, and never before that one has stopped', async () => {
    const namespace = await stage().namespace()
    const a = contend(namespace, 'a')
    await until('a to lead', a.leads)
    const b = contend(namespace, 'b')
    let both = false
    a.cut()
    const cutAt = Date.now()
    await until('b to lead', () => {
      both ||= a.leads() && b.leads()
      return b.leads()
    })
    expect(both).toBe(false)
    expect(Date.now() - cutAt).toBeLessThan(10_500)
    await a.ended
  })
})
