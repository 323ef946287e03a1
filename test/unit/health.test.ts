import { afterEach, describe, expect, test } from '@jest/globals'
import { type Health, serveHealth } from '../../src/health.ts'

let health: Health | undefined
let trouble: string | undefined

const ask = async (path: string): Promise<{ status: number; text: string }> => {
  health ??= await serveHealth(0, { live: () => undefined, ready: () => trouble })
  const response = await fetch(`http://127.0.0.1:${health.port}${path}`)
  return { status: response.status, text: await response.text() }
}

afterEach(async () => {
  trouble = undefined
  await health?.close()
  health = undefined
})

describe('the health endpoints', () => {
  test('say that all is well', async () => {
    expect(await ask('/livez')).toEqual({ status: 200, text: 'ok\n' })
    expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok\n' })
  })

  test('say what is wrong, as soon as it is and as long as it is', async () => {
    trouble = 'reading the first lists'
    expect(await ask('/readyz')).toEqual({ status: 503, text: 'reading the first lists\n' })
    expect(await ask('/livez')).toMatchObject({ status: 200 })
    trouble = undefined
    expect(await ask('/readyz')).toMatchObject({ status: 200 })
  })

  test('give metrics', async () => {
    expect((await ask('/metrics')).text).toContain('process_cpu_seconds_total')
  })

  test('do not sample the delay of the event loop, which would wake the process all the time', async () => {
    const { text } = await ask('/metrics')
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds \d/m)
    expect(text).not.toContain('nodejs_eventloop_lag_p99_seconds')
  })

  test('know nothing else', async () => {
    expect(await ask('/')).toMatchObject({ status: 404 })
  })
})
