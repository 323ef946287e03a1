import { expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
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
