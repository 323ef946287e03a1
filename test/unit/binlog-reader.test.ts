import { describe, expect, test } from '@jest/globals'
import { type Command, dumpRequest, type Packet } from '../../src/binlog/dump.ts'
import { type BinlogConnection, readBinlog, type StreamRequest } from '../../src/binlog/reader.ts'
import type { Clock } from '../../src/clock.ts'
import { parseGtidSet } from '../../src/domain/gtid.ts'
import * as made from '../support/binlog-bytes.ts'
import { A } from '../support/gtid-sets.ts'

const known = parseGtidSet(`${A}:1-5`)
const REQUEST: StreamRequest = { pod: 'db-0', known, serverId: 77, follow: true, uuid: A, heartbeatMs: 1000 }

/** A clock whose time passes when it is told to. */
const standing = () => {
  let pending: (() => void) | undefined
  let last = 0
  const clock: Clock = {
    now: () => 0,
    after(ms, work) {
      pending = work
      last = ms
      return () => {
        if (pending === work) pending = undefined
      }
    },
  }
  const pass = (): void => {
    const work = pending
    pending = undefined
    work?.()
  }
  return { clock, pass, last: () => last, armed: () => pending !== undefined }
}

/** A server by hand, at the end of a connection. */
const server = () => {
  const asked: unknown[] = []
  const did: string[] = []
  const begun = Promise.withResolvers<Command>()
  let sent: Buffer = Buffer.alloc(0)
  const wire = {
    _resetSequenceId: () => did.push('reset'),
    writePacket(packet: { length(): number; writeHeader(sequence: number): void; readonly buffer: Buffer }) {
      packet.writeHeader(0)
      sent = packet.buffer
    },
  }
  const connection: BinlogConnection = {
    async query(sql, values = []) {
      asked.push([sql, ...values])
      return [{ checksum: 'CRC32' }]
    },
    addCommand(command) {
      command.execute(undefined, wire)
      begun.resolve(command)
    },
    pause: () => did.push('pause'),
    resume: () => did.push('resume'),
    close: () => did.push('close'),
  }
  const say = async (body: Buffer): Promise<boolean> => {
    const buffer = Buffer.concat([Buffer.alloc(7), body, Buffer.alloc(3)])
    const packet: Packet = { buffer, offset: 7, end: 7 + body.length }
    const done = (await begun.promise).execute(packet, wire)
    buffer.fill(0xee)
    return done
  }
  return {
    connection,
    asked,
    did,
    sent: () => sent,
    say,
    send: (event: Buffer) => say(Buffer.concat([Buffer.from([0]), event])),
    fail: async (error: unknown) => (await begun.promise).onResult(error),
  }
}
const refusal = (errno: number, message: string): Buffer =>
  Buffer.concat([Buffer.from([0xff]), made.little(errno, 2), Buffer.from(`#HY000${message}`)])
const EOF = Buffer.from([0xfe, 0, 0, 2, 0])

const collect = async (stream: AsyncIterable<{ readonly kind: string }>): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const { kind } of stream) found.push(kind)
  return found
}

test('a request names the transactions that are left out, and no file', () => {
  const set = made.setBytes([[A, '', [[1, 6]]]], false)
  const expected = Buffer.concat([
    Buffer.from('1e0300', 'hex'),
    made.little(77, 4),
    made.little(0, 4),
    made.little(4, 8),
    made.little(set.length, 4),
    set,
  ])
  expect(dumpRequest({ known, serverId: 77, follow: false })).toEqual(expected)
  expect(dumpRequest({ known, serverId: 77, follow: true }).subarray(0, 3).toString('hex')).toBe('1e0200')
})

describe('the stream of a member', () => {
  test('is asked for with its checksums, and gives the events until it ends', async () => {
    const member = server()
    const events = collect(readBinlog(member.connection, standing().clock, REQUEST))
    expect(await member.send(made.rotate('binlog.000001'))).toBe(false)
    await member.send(made.format())
    await member.send(made.heartbeat())
    expect(await member.say(EOF)).toBe(true)
    expect(await events).toEqual(['rotate', 'format', 'heartbeat'])
    expect(member.asked).toEqual([
      [
        'SET @source_binlog_checksum = @@GLOBAL.binlog_checksum, @source_heartbeat_period = ?, @replica_uuid = ?',
        1_000_000_000,
        A,
      ],
      ['SELECT @source_binlog_checksum AS checksum'],
    ])
    const request = dumpRequest(REQUEST)
    expect(member.sent()).toEqual(Buffer.concat([made.little(request.length, 3), made.little(0, 1), request]))
    expect(member.did).toEqual(['reset', 'close'])
  })

  test.each([
    ['BinlogPurged', refusal(1236, 'Cannot replicate because the source purged required binary logs.')],
    ['MemberRefused', refusal(1236, 'Replica has more GTIDs than the source has.')],
    ['MemberRefused', refusal(1227, 'Access denied; you need the REPLICATION SLAVE privilege.')],
    ['MemberUnreachable', Buffer.from([0x42])],
  ])('ends with %s when the server says so', async (code, packet) => {
    const member = server()
    const events = collect(readBinlog(member.connection, standing().clock, REQUEST))
    expect(await member.say(packet)).toBe(true)
    await expect(events).rejects.toMatchObject({ code })
    expect(member.did).toContain('close')
  })

  test('ends with an error when the connection breaks, after all that came before', async () => {
    const member = server()
    const stream = readBinlog(member.connection, standing().clock, REQUEST)
    const first = stream.next()
    await member.send(made.format())
    await member.send(made.heartbeat())
    await member.fail(Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }))
    expect(await first).toMatchObject({ value: { kind: 'format' } })
    expect(await stream.next()).toMatchObject({ value: { kind: 'heartbeat' } })
    await expect(stream.next()).rejects.toMatchObject({
      code: 'MemberUnreachable',
      detail: 'db-0: PROTOCOL_CONNECTION_LOST',
    })
  })

  test('ends with an error when an event is not what was written', async () => {
    const member = server()
    const events = collect(readBinlog(member.connection, standing().clock, REQUEST))
    await member.send(made.query('BEGIN').fill(0, 30, 31))
    await member.send(made.query('BEGIN').fill(1, 30, 31))
    await expect(events).rejects.toMatchObject({ code: 'BinlogBroken' })
    expect(member.did).toContain('close')
  })

  test('ends with an error when it is silent for three heartbeats', async () => {
    const member = server()
    const time = standing()
    const events = collect(readBinlog(member.connection, time.clock, REQUEST))
    await member.send(made.heartbeat())
    expect(time.last()).toBe(3000)
    time.pass()
    await expect(events).rejects.toMatchObject({ code: 'MemberUnreachable' })
  })

  test('rests while its reader is slow, which is no silence, and goes on when it was read', async () => {
    const member = server()
    const time = standing()
    const stream = readBinlog(member.connection, time.clock, REQUEST)
    const first = stream.next()
    const large = made.rows(2 ** 20)
    for (let sent = 0; sent < 6; sent++) await member.send(large)
    await first
    expect(member.did).toEqual(['reset', 'pause'])
    time.pass()
    expect(time.armed()).toBe(true)
    for (let read = 0; read < 5; read++) await stream.next()
    expect(member.did).toEqual(['reset', 'pause', 'resume'])
    await stream.return()
    expect(member.did.at(-1)).toBe('close')
    expect(time.armed()).toBe(false)
  })
})
