import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common'
import {
  decodeOptionalFailureToOptionalError,
  encodeErrorToFailure,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js'
import fc from 'fast-check'
import { readSettings } from '../../src/settings.ts'
import { temporalConverter } from '../../src/temporal/connection.ts'
import { encryption } from '../../src/temporal/encryption.ts'
import { readKeys } from '../../src/temporal/keys.ts'
import { useMounted } from '../support/mounted.ts'

const mounted = useMounted()
const SETTING = 'TEMPORAL_ENCRYPTION_KEYS_DIR'
const key = (): string => `${randomBytes(32).toString('base64')}\n`
const codecOf = (directory: string) => encryption(SETTING, () => readKeys(SETTING, directory))

const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)
const value = (one: Payload | undefined): unknown => one && defaultPayloadConverter.fromPayload(one)
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1')
const keyIds = (payloads: readonly Payload[]) => payloads.map(({ metadata }) => text(metadata?.['encryption-key-id']))

describe('a payload', () => {
  const codec = codecOf(mounted({ 'k-1': key() }))

  test('comes back as it was, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
        const back = await codec.decode(await codec.encode(values.map(payload)))
        expect(back.map(value)).toEqual(values.map((one) => JSON.parse(JSON.stringify(one))))
      }),
      { numRuns: 50 },
    )
  })

  test('shows nothing of itself, and is another one each time', async () => {
    const [first, second] = await codec.encode([payload('shop-primary'), payload('shop-primary')])
    expect(text(first?.data)).not.toContain('shop')
    expect(first?.data).not.toEqual(second?.data)
    expect(text(first?.metadata?.['encoding'])).toBe('binary/encrypted')
  })

  test('that was written before there were keys is read as it is', async () => {
    expect((await codec.decode([payload({ a: 1 })])).map(value)).toEqual([{ a: 1 }])
  })

  test('that was changed, cut or made with another key of that name is refused', async () => {
    const [sealed] = await codec.encode([payload('x')])
    const data = Buffer.from(sealed?.data ?? [])
    const flipped = Buffer.from(data)
    flipped[20] = (flipped[20] ?? 0) ^ 1
    for (const changed of [flipped, data.subarray(0, 20), Buffer.alloc(0)])
      await expect(codec.decode([{ ...sealed, data: changed }])).rejects.toThrow('cannot be decrypted with its key k-1')
    const other = codecOf(mounted({ 'k-1': key() }))
    await expect(other.decode([sealed ?? {}])).rejects.toThrow('cannot be decrypted with its key k-1')
  })
})

describe('a new key', () => {
  test('is used for what is written from then on, and what was written before is still read', async () => {
    const directory = mounted({ '2026-01': key() })
    const before = await codecOf(directory).encode([payload('old')])
    writeFileSync(join(directory, '2026-02'), key())
    const codec = codecOf(directory)
    const after = await codec.encode([payload('new')])
    expect([...keyIds(before), ...keyIds(after)]).toEqual(['2026-01', '2026-02'])
    expect((await codec.decode([...before, ...after])).map(value)).toEqual(['old', 'new'])
  })

  test('that another process has heard of first is found', async () => {
    const directory = mounted({ '2026-01': key() })
    const late = codecOf(directory)
    writeFileSync(join(directory, '2026-02'), key())
    const sealed = await codecOf(directory).encode([payload('new')])
    expect((await late.decode(sealed)).map(value)).toEqual(['new'])
  })

  test('does not make up for one that is gone, and the message names that', async () => {
    const directory = mounted({ '2026-01': key(), '2026-02': key() })
    const sealed = await codecOf(directory).encode([payload('x')])
    rmSync(join(directory, '2026-02'))
    await expect(codecOf(directory).decode(sealed)).rejects.toThrow(
      `${SETTING}: a payload in Temporal was encrypted with the key 2026-02, which is not among 2026-01: put it back`,
    )
  })
})

describe('a failure', () => {
  const failure = ApplicationFailure.create({
    message: 'shop-1 holds aaaa:1',
    type: 'MemberRefused',
    cause: new Error('beneath it shop-0'),
    details: ['shop-2'],
  })
  const converter = (settings: Readonly<Record<string, string>>) =>
    loadDataConverter(temporalConverter(readSettings(settings)))
  const plain = converter({})
  const encrypting = converter({ [SETTING]: mounted({ 'k-1': key() }) })

  test('tells nothing but its type to those without the key, however deep it is', async () => {
    const written = await encodeErrorToFailure(encrypting, failure)
    expect(JSON.stringify(written)).not.toContain('shop')
    expect(JSON.stringify(written)).not.toContain('encryption.test.ts')
    expect(written.applicationFailureInfo?.type).toBe('MemberRefused')
    expect(JSON.stringify(await encodeErrorToFailure(plain, failure))).toContain('shop-1 holds aaaa:1')
  })

  test.each([
    ['encrypted, and is read with the key', encrypting],
    ['plain, before there were keys', plain],
  ])('comes back as it was: %s', async (_, writer) => {
    const back = await decodeOptionalFailureToOptionalError(encrypting, await encodeErrorToFailure(writer, failure))
    expect(back).toMatchObject({ message: 'shop-1 holds aaaa:1', type: 'MemberRefused', details: ['shop-2'] })
    expect(back?.cause).toMatchObject({ message: 'beneath it shop-0' })
  })
})

describe('keys are refused, with the setting and the way out,', () => {
  test.each([
    [
      'when one is too short',
      { short: Buffer.alloc(16).toString('base64') },
      /the key short is not 32 bytes in base64/,
    ],
    ['when one is not base64', { plain: 'x'.repeat(44) }, /openssl rand -base64 32/],
    ['when one is empty', { empty: '\n' }, /empty is empty: put the value into the Secret/],
    ['when there is none', {}, /there is no key in .*: put one into the Secret/],
    ['when there are only entries of Kubernetes', { '..data': 'x' }, /there is no key/],
  ])('%s', (_, content, message) => {
    const directory = mounted(content)
    expect(() => codecOf(directory)).toThrow(message)
    expect(() => codecOf(directory)).toThrow(SETTING)
  })

  test('when the directory is not there', () => {
    expect(() => codecOf('/no/such/place')).toThrow(
      `${SETTING}: /no/such/place cannot be read (ENOENT): mount the Secret`,
    )
  })
})
