import { describe, expect, test } from '@jest/globals'
import { refusesWrites } from '../../activities/write-route.ts'
import type { Answer } from '../../src/kubernetes/knock.ts'

const service = { metadata: { name: 'shop-primary', namespace: 'default' }, spec: { clusterIP: '10.96.0.7' } } as never
const ready = { conditions: [{ type: 'Ready', status: 'True' }] } as never

const nodes = (answerAt: (ms: number) => Answer) => {
  let now = 0
  const knocked: string[] = []
  return {
    knocked,
    ports: {
      clock: {
        now: () => now,
        after(ms: number, work: () => void) {
          queueMicrotask(() => {
            now += ms
            work()
          })
          return () => undefined
        },
      },
      knock: async (host: string, port: number) => {
        knocked.push(`${host}:${port}`)
        return answerAt(now)
      },
    },
  }
}

describe('the write Service', () => {
  test('is waited for while nodes refuse it, and then taken', async () => {
    const { ports, knocked } = nodes((ms) => (ms < 700 ? 'Refused' : 'Open'))
    expect(await refusesWrites(ports, undefined, service)).toBe(false)
    expect(knocked).toHaveLength(8)
    expect(knocked[0]).toBe('10.96.0.7:3306')
  })

  test('is told to be refused after two seconds', async () => {
    const { ports } = nodes(() => 'Refused')
    expect(await refusesWrites(ports, undefined, service)).toBe(true)
    expect(ports.clock.now()).toBe(2_000)
  })

  test('is not judged by silence, as a policy may stand between', async () => {
    expect(await refusesWrites(nodes(() => 'Silent').ports, undefined, service)).toBe(false)
  })

  test('is not asked once Ready is told', async () => {
    const { ports, knocked } = nodes(() => 'Refused')
    expect(await refusesWrites(ports, ready, service)).toBe(false)
    expect(knocked).toEqual([])
  })

  test('is not asked without an address of its own', async () => {
    const { ports, knocked } = nodes(() => 'Refused')
    const headless = { metadata: {}, spec: { clusterIP: 'None' } } as never
    expect(await refusesWrites(ports, undefined, headless)).toBe(false)
    expect(knocked).toEqual([])
  })
})
