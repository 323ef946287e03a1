import { expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { OperatorError } from '../../src/domain/errors.ts'
import { leadWhileHolding } from '../../src/kubernetes/lease.ts'
import type { Applicable, Kubernetes } from '../../src/kubernetes/port.ts'

test('a Lease that was just acquired was renewed at that very moment', async () => {
  let now = Date.UTC(2026, 0, 1)
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now++)
  const end = new AbortController()
  const made: Applicable[] = []
  const server: Partial<Kubernetes> = {
    get: async () => undefined,
    create: async (lease) => {
      made.push(lease)
      end.abort()
      return 'created'
    },
  }
  const key = { namespace: 'operators', name: 'mysql-operator' }
  const log = pino({ level: 'silent' })
  await leadWhileHolding(server as Kubernetes, key, 'us', async () => undefined, log, end.signal)
  clock.mockRestore()
  const { spec } = made[0] as { spec?: { renewTime: string; acquireTime: string } }
  expect(spec?.renewTime).toMatch(/^2026-01-01T00:00:00\.\d{6}Z$/)
  expect(spec?.acquireTime).toBe(spec?.renewTime)
})

test('the one that leads asks the API server once a renewal, and looks again when somebody else wrote the Lease', async () => {
  const end = new AbortController()
  const asked: string[] = []
  let version = 1
  const lease = () => ({ metadata: { resourceVersion: `${version}` }, spec: { holderIdentity: 'us' } })
  const server: Partial<Kubernetes> = {
    get: async () => {
      asked.push('get')
      return lease() as never
    },
    patch: async (_kind, _key, body) => {
      const { resourceVersion } = (body as { metadata: { resourceVersion?: string } }).metadata
      asked.push(`patch ${resourceVersion}`)
      if (resourceVersion !== `${version}`) throw new OperatorError('Conflict', 'somebody else was first')
      version += 1
      const answer = lease()
      if (asked.length === 3) version += 1
      if (asked.length === 6) end.abort()
      return answer as never
    },
  }
  const key = { namespace: 'operators', name: 'mysql-operator' }
  const log = pino({ level: 'silent' })
  await leadWhileHolding(server as Kubernetes, key, 'us', async () => undefined, log, end.signal)
  expect(asked.slice(0, 6)).toEqual(['get', 'patch 1', 'patch 2', 'patch 3', 'get', 'patch 4'])
}, 30_000)
