import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { createAuthority, issueCertificate } from '../../src/pki/certificates.ts'
import { readSettings, type Settings } from '../../src/settings.ts'
import { followApiKey, followCertificates, temporalAccess } from '../../src/temporal/connection.ts'
import { useMounted } from '../support/mounted.ts'

const mounted = useMounted()
const SERVER = 'temporal.internal'
/** An answer of gRPC without content: a frame of no bytes. */
const NOTHING = Buffer.alloc(5)
const LOOK_MS = 5

interface Call {
  readonly authorization: string | undefined
  readonly client: string | undefined
  readonly name: string | false | null
}

let calls: Call[] = []
let server: Http2SecureServer
let secret = ''
let stop = new AbortController()

/** A Temporal of which only the door is there: it notes who knocks, and has nothing to say. */
const startDoor = async (key: string, cert: string, ca: string): Promise<Http2SecureServer> => {
  const door = createSecureServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true })
  door.on('stream', (stream, headers) => {
    const socket = stream.session?.socket as TLSSocket | undefined
    const name = socket?.getPeerCertificate().subject?.CN
    const client = Array.isArray(name) ? name.join(' ') : name
    calls.push({ authorization: headers.authorization, client, name: socket?.servername ?? null })
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(NOTHING)
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  return door
}

beforeAll(async () => {
  const authority = await createAuthority('temporal', 1)
  const serving = await issueCertificate(authority, { commonName: SERVER, dnsNames: [SERVER], days: 1 })
  const client = await issueCertificate(authority, {
    commonName: 'mysql-operator',
    dnsNames: ['mysql-operator'],
    days: 1,
  })
  server = await startDoor(serving.privateKey, serving.certificate, authority.certificate)
  secret = mounted({
    'ca.crt': authority.certificate,
    'tls.crt': client.certificate,
    'tls.key': client.privateKey,
    'api-key': 'first-key\n',
  })
})
afterAll(() => {
  server.close()
})
afterEach(() => {
  stop.abort()
  stop = new AbortController()
  calls = []
  writeFileSync(join(secret, 'api-key'), 'first-key\n')
})

const settings = (over: Readonly<Record<string, string>> = {}): Settings =>
  readSettings({
    TEMPORAL_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    TEMPORAL_TLS: 'on',
    TEMPORAL_TLS_CA_FILE: join(secret, 'ca.crt'),
    TEMPORAL_TLS_CERT_FILE: join(secret, 'tls.crt'),
    TEMPORAL_TLS_KEY_FILE: join(secret, 'tls.key'),
    TEMPORAL_TLS_SERVER_NAME: SERVER,
    TEMPORAL_API_KEY_FILE: join(secret, 'api-key'),
    ...over,
  })

/** Resolves with the first key that is handed over after the file has another one. */
const rotated = async (take: (apiKey: string) => void | Promise<void>): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  followApiKey(settings(), async (apiKey) => resolve(await take(apiKey)), stop.signal, LOOK_MS)
  writeFileSync(join(secret, 'api-key'), 'second-key\n')
  await promise
}

const FIRST: Call = { authorization: 'Bearer first-key', client: 'mysql-operator', name: SERVER }
const SECOND: Call = { ...FIRST, authorization: 'Bearer second-key' }

describe('Temporal sees the certificate and the API key', () => {
  test('of the operator, and the new key when that is rotated', async () => {
    const connection = Connection.lazy({ ...temporalAccess(settings()) })
    await connection.ensureConnected()
    expect(calls).toContainEqual(FIRST)
    await rotated((apiKey) => connection.setApiKey(apiKey))
    await connection.workflowService.getSystemInfo({})
    expect(calls.at(-1)).toEqual(SECOND)
    await connection.close()
  })

  test('of the worker, and the new key when that is rotated', async () => {
    const connection = await NativeConnection.connect({ ...temporalAccess(settings()) })
    expect(calls).toContainEqual(FIRST)
    await rotated((apiKey) => connection.setApiKey(apiKey))
    await connection.workflowService.getSystemInfo({})
    expect(calls.at(-1)).toEqual(SECOND)
    await connection.close()
  })
})

describe('there is no connection', () => {
  const knock = async (over: Readonly<Record<string, string>>): Promise<void> => {
    const connection = Connection.lazy({ ...temporalAccess(settings(over)), connectTimeout: 1_000 })
    try {
      await connection.ensureConnected()
    } finally {
      await connection.close()
    }
  }

  test.each([
    ['to a server whose name is another', { TEMPORAL_TLS_SERVER_NAME: 'elsewhere.internal' }],
    ['to a server of another authority', { TEMPORAL_TLS_CA_FILE: '' }],
    ['without a certificate where one is asked for', { TEMPORAL_TLS_CERT_FILE: '', TEMPORAL_TLS_KEY_FILE: '' }],
  ])('%s', async (_, over) => {
    await expect(knock(over)).rejects.toThrow()
    expect(calls).toEqual([])
  })
})

describe('a start with unusable files is refused, with the setting and the way out:', () => {
  test.each([
    [
      { TEMPORAL_TLS_CA_FILE: '/no/ca.crt' },
      /^TEMPORAL_TLS_CA_FILE: \/no\/ca.crt cannot be read \(ENOENT\): mount the Secret/,
    ],
    [{ TEMPORAL_API_KEY_FILE: '/no/key' }, /^TEMPORAL_API_KEY_FILE: \/no\/key cannot be read/],
    [{ TEMPORAL_TLS_CA_FILE: 'api-key' }, /^TEMPORAL_TLS_CA_FILE: .*api-key is not a certificate in PEM format/],
    [{ TEMPORAL_TLS_KEY_FILE: 'ca.crt' }, /^TEMPORAL_TLS_KEY_FILE: .*is not a private key/],
    [{ TEMPORAL_TLS_CERT_FILE: 'ca.crt' }, /^TEMPORAL_TLS_KEY_FILE: .*is not the key of the certificate/],
  ])('%j', (over, message) => {
    const absolute = Object.entries(over).map(([name, file]) => [
      name,
      file.startsWith('/') ? file : join(secret, file),
    ])
    expect(() => temporalAccess(settings(Object.fromEntries(absolute)))).toThrow(message)
  })
})

test('without TLS nothing is read, and nothing is sent but the address', () => {
  expect(temporalAccess(readSettings({ TEMPORAL_ADDRESS: 'here:7233' }))).toEqual({ address: 'here:7233' })
})

test('a renewed certificate is noticed, once', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  followCertificates(settings(), resolve, stop.signal, LOOK_MS)
  const renewed = await createAuthority('temporal', 1)
  writeFileSync(join(secret, 'ca.crt'), renewed.certificate)
  await promise
})
