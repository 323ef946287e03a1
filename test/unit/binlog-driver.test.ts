import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { createConnection } from 'mysql2'
import { binlogConnection } from '../../src/binlog/connection.ts'
import { dumpRequest } from '../../src/binlog/dump.ts'
import { type BinlogConnection, readBinlog, type StreamRequest } from '../../src/binlog/reader.ts'
import { systemClock } from '../../src/clock.ts'
import * as made from '../support/binlog-bytes.ts'
import { A } from '../support/gtid-sets.ts'

const REQUEST: StreamRequest = {
  pod: 'db-0',
  known: new Map([[A, [[1, 6]]]]),
  serverId: 77,
  follow: false,
  uuid: A,
  heartbeatMs: 5000,
}
const LARGEST = 0xffffff
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])
const EOF = Buffer.from([0xfe, 0, 0, 2, 0])
const text = (value: string): Buffer => Buffer.concat([made.little(value.length, 1), Buffer.from(value)])
const GREETING = Buffer.concat([
  Buffer.from([10]),
  Buffer.from('9.7.0\0'),
  made.little(1, 4),
  Buffer.from('12345678\0'),
  // CLIENT_PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH and what goes with them
  made.little(0x8209, 2),
  made.little(255, 1),
  made.little(2, 2),
  made.little(0x0008, 2),
  made.little(21, 1),
  Buffer.alloc(10),
  Buffer.from('123456789012\0mysql_native_password\0'),
])
const COLUMN = Buffer.concat([
  ...['def', '', '', '', 'checksum', ''].map(text),
  Buffer.from([12]),
  made.little(255, 2),
  made.little(20, 4),
  Buffer.from([253, 0, 0, 0, 0, 0]),
])

/** A server that answers each packet with what `answers` gives for its command, as packets of at most 16 MiB. */
const serve = (socket: Socket, answer: (body: Buffer) => readonly Buffer[]): void => {
  let got = Buffer.alloc(0)
  const write = (bodies: readonly Buffer[], first: number): void => {
    let sequence = first
    for (const body of bodies)
      for (let from = 0; from <= body.length; from += LARGEST) {
        const part = body.subarray(from, from + LARGEST)
        socket.write(Buffer.concat([made.little(part.length, 3), made.little(sequence++ & 0xff, 1), part]))
      }
  }
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    got = Buffer.concat([got, Buffer.from(bytes)])
    while (got.length >= 4 && got.length >= 4 + got.readUIntLE(0, 3)) {
      const length = got.readUIntLE(0, 3)
      const sequence = got.readUInt8(3)
      write(answer(got.subarray(4, 4 + length)), sequence + 1)
      got = got.subarray(4 + length)
    }
  })
  write([GREETING], 0)
}

let server: Server | undefined
afterEach(() => {
  server?.close()
})

test('the driver brings a stream with events larger than a packet, and more than may wait, to its reader', async () => {
  const large = made.rows(17 * 2 ** 20)
  const many = Array.from({ length: 300 }, () => made.rows(60_000))
  const events = [made.rotate('b'), made.format(), large, ...many, made.heartbeat()]
  const commands: Buffer[] = []
  server = createServer((socket) =>
    serve(socket, (body) => {
      if (body[0] === 0x1e) {
        commands.push(Buffer.from(body))
        return [...events.map((event) => Buffer.concat([Buffer.from([0]), event])), EOF]
      }
      const asked = body.subarray(1).toString()
      return body[0] === 3 && asked.startsWith('SELECT') ? [Buffer.from([1]), COLUMN, EOF, text('CRC32'), EOF] : [OK]
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = createConnection({ host: '127.0.0.1', port, user: 'replication', password: '' })
  const driven = binlogConnection(connection)
  const rests: string[] = []
  const watched: BinlogConnection = {
    ...driven,
    pause() {
      rests.push('pause')
      driven.pause()
    },
    resume() {
      rests.push('resume')
      driven.resume()
    },
  }
  const sizes: number[] = []
  for await (const { bytes } of readBinlog(watched, systemClock, REQUEST)) sizes.push(bytes.length)
  expect(rests.slice(0, 2)).toEqual(['pause', 'resume'])
  expect(sizes).toEqual(events.map(({ length }) => length))
  expect(commands).toEqual([dumpRequest(REQUEST)])
})

test('a server that goes away is told of', async () => {
  server = createServer((socket) =>
    serve(socket, (body) => {
      if (body[0] === 0x1e) socket.destroy()
      const asked = body.subarray(1).toString()
      return body[0] === 3 && asked.startsWith('SELECT') ? [Buffer.from([1]), COLUMN, EOF, text('CRC32'), EOF] : [OK]
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = createConnection({ host: '127.0.0.1', port, user: 'replication', password: '' })
  const stream = readBinlog(binlogConnection(connection), systemClock, REQUEST)
  await expect(stream.next()).rejects.toMatchObject({ code: 'MemberUnreachable' })
})
