import { describe, expect, test } from '@jest/globals'
import { readSettings } from '../../src/settings.ts'

const TLS = { TEMPORAL_TLS: 'on' } as const

describe('the environment', () => {
  test('may be empty', () => {
    expect(readSettings({})).toMatchObject({ TEMPORAL_NAMESPACE: 'default', TEMPORAL_TLS: 'off', WATCH_NAMESPACES: [] })
  })

  test('may name all there is about TLS', () => {
    const all = {
      ...TLS,
      TEMPORAL_TLS_CA_FILE: '/t/ca.crt',
      TEMPORAL_TLS_CERT_FILE: '/t/tls.crt',
      TEMPORAL_TLS_KEY_FILE: '/t/tls.key',
      TEMPORAL_TLS_SERVER_NAME: 'temporal',
      TEMPORAL_API_KEY_FILE: '/k/key',
      TEMPORAL_ENCRYPTION_KEYS_DIR: '/e',
      TEMPORAL_NAMESPACE: 'databases.a1b2c',
    }
    expect(readSettings(all)).toMatchObject(all)
  })

  test('may leave values empty, as a manifest does', () => {
    expect(readSettings({ TEMPORAL_TLS_CA_FILE: '', TEMPORAL_API_KEY_FILE: '' })).toMatchObject({ TEMPORAL_TLS: 'off' })
  })
})

describe('a setting that cannot be used is named, with the reason and the way out:', () => {
  test.each([
    [{ TEMPORAL_TLS: 'yes' }, /^TEMPORAL_TLS: .*"on"/],
    [
      { TEMPORAL_TLS_CA_FILE: '/ca' },
      /^TEMPORAL_TLS_CA_FILE: it is for TLS only, which is off: set TEMPORAL_TLS to "on"/,
    ],
    [{ TEMPORAL_TLS_SERVER_NAME: 'x' }, /^TEMPORAL_TLS_SERVER_NAME: it is for TLS only/],
    [{ TEMPORAL_API_KEY_FILE: '/k' }, /^TEMPORAL_API_KEY_FILE: it is for TLS only/],
    [{ ...TLS, TEMPORAL_TLS_CERT_FILE: '/c' }, /^TEMPORAL_TLS_KEY_FILE: .*leave TEMPORAL_TLS_CERT_FILE away/],
    [{ ...TLS, TEMPORAL_TLS_KEY_FILE: '/k' }, /^TEMPORAL_TLS_CERT_FILE: .*leave TEMPORAL_TLS_KEY_FILE away/],
    [{ HTTP_PORT: '99999' }, /^HTTP_PORT: /],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
  ])('%j', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(message)
  })

  test('each of them, when there are more', () => {
    expect(() => readSettings({ HTTP_PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(
      /LOG_LEVEL.*HTTP_PORT|HTTP_PORT.*LOG_LEVEL/,
    )
  })
})
