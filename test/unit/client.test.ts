import { once } from 'node:events'
import { createSecureServer, type Http2SecureServer, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { KubeConfig } from '@kubernetes/client-node'
import { createTransport, type Send } from '../../src/kubernetes/client.ts'
import { createAuthority, issueCertificate } from '../../src/pki/certificates.ts'

const HOST = '127.0.0.1'
let server: Http2SecureServer
let authority = ''
let send: Send
let asked: { readonly httpVersion: string; readonly url: string }[] = []
const watches = new Map<string, { readonly go: () => void; readonly breakDown: () => void }>()
const sockets = new Set<Socket>()

/** An API server of which only the door is there: it speaks HTTP/2 and 1.1, and holds back the ends of watches. */
beforeAll(async () => {
  const ours = await createAuthority('kubernetes', 1)
  const serving = await issueCertificate(ours, { commonName: 'kube-apiserver', ipAddresses: [HOST], days: 1 })
  authority = ours.certificate
  server = createSecureServer({ key: serving.privateKey, cert: serving.certificate, allowHTTP1: true })
  server.on('request', ({ httpVersion, url, socket }, response: Http2ServerResponse) => {
    asked.push({ httpVersion, url })
    response.writeHead(200, { 'content-type': 'application/json' })
    if (url.startsWith('/watch')) {
      response.write('begins ')
      watches.set(url, { go: () => response.end('ends'), breakDown: () => socket.destroy() })
    } else response.end('{}')
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  for (const socket of sockets) socket.destroy()
  await once(server, 'close')
})

beforeEach(() => {
  const url = `https://${HOST}:${(server.address() as AddressInfo).port}`
  const config = new KubeConfig()
  const cluster = { name: 'test', server: url, skipTLSVerify: false, caData: Buffer.from(authority).toString('base64') }
  config.loadFromClusterAndUser(cluster, { name: 'admin', token: 'secret' })
  send = createTransport(config)
  asked = []
})

const get = (path: string, signal = AbortSignal.timeout(10_000)) => send({ method: 'GET', path, signal })

test('requests go over HTTP/1.1, and connections are kept for those that follow', async () => {
  for (let n = 0; n < 10; n++) await (await get('/a')).text()
  expect(new Set(asked.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['1.1']))
  expect(sockets.size).toBeLessThan(3)
})

test('a watch whose connection breaks, or that is given up, ends no other', async () => {
  const giveUp = new AbortController()
  const [broken, given, other] = [await get('/watch/a'), await get('/watch/b', giveUp.signal), await get('/watch/c')]
  watches.get('/watch/a')?.breakDown()
  giveUp.abort()
  await expect(broken.text()).rejects.toThrow('other side closed')
  await expect(given.text()).rejects.toThrow('aborted')
  watches.get('/watch/c')?.go()
  expect(await other.text()).toBe('begins ends')
})
