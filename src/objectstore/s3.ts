import { createHash } from 'node:crypto'
import { Agent } from 'node:https'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Location } from '../../crds/backup-store.ts'
import { OperatorError } from '../domain/errors.ts'
import type { ObjectStore, StoredObject } from './port.ts'

/** What it takes to be let in. Secret: read from mounted files, and never logged. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** An object of 32 MiB at a quarter of a megabyte a second. */
const REQUEST_MS = 120_000
const CONNECT_MS = 10_000
/** Those of the library, quick ones; whoever can wait longer tries again himself. */
const TRIES = 3
const SOCKETS = 8

interface Failure {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** In codes of Node, or, where the library gives no code, in its words. */
const UNTRUSTED = /SELF_SIGNED|CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|certificate/
/** As the stores that have quotas call it; there is no word for it in S3 itself. */
const FULL = /QuotaExceeded|StorageFull|InsufficientStorage|NoSpace|EntityTooLarge.*quota/i
/** Statuses of requests that are worth another try although they are refused. */
const PASSING = [408, 425, 429]

const failure = (what: string, error: unknown): OperatorError => {
  const { name = 'Error', message = '', code = '', $metadata } = error as Failure
  const status = $metadata?.httpStatusCode ?? 0
  const said = `${what}: ${[name === 'Error' ? code : name, message].filter(Boolean).join(': ')}`.slice(0, 500)
  if (UNTRUSTED.test(code) || UNTRUSTED.test(message))
    return new OperatorError('StoreUntrusted', `${said} (its certificate is not trusted: see caSecret)`)
  if (name === 'NoSuchBucket') return new OperatorError('BucketMissing', said)
  if (FULL.test(name) || status === 507) return new OperatorError('StoreFull', said)
  if (status === 401 || status === 403) return new OperatorError('StoreDenied', said)
  if (status >= 400 && status < 500 && !PASSING.includes(status)) return new OperatorError('StoreRefused', said)
  return new OperatorError('StoreUnreachable', said)
}

const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw failure(what, error)
  }
}

const clientOf = ({ endpoint, region, pathStyle }: S3Location, credentials: S3Credentials, authority?: string) =>
  new S3Client({
    region,
    credentials,
    ...(endpoint ? { endpoint } : {}),
    forcePathStyle: pathStyle,
    maxAttempts: TRIES,
    // We give a SHA-256 with each object ourselves; not every store knows the library's own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      httpsAgent: new Agent({ keepAlive: true, maxSockets: SOCKETS, ...(authority ? { ca: authority } : {}) }),
    },
  })

/** The store that is a bucket of S3, or of anything that speaks its language. `authority`: the certificate to check it by. */
export const s3Store = (location: S3Location, credentials: S3Credentials, authority?: string): ObjectStore => {
  const { bucket: Bucket, prefix } = location
  const client = clientOf(location, credentials, authority)
  const base = prefix ? `${prefix}/` : ''
  const named = (key: string): string => `${Bucket}/${base}${key}`

  return {
    async put(key, body) {
      const ChecksumSHA256 = createHash('sha256').update(body).digest('base64')
      const command = new PutObjectCommand({ Bucket, Key: `${base}${key}`, Body: body, ChecksumSHA256 })
      await attempt(named(key), () => client.send(command))
    },

    get: (key) =>
      attempt(named(key), async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `${base}${key}` }))
          return await Body?.transformToByteArray()
        } catch (error) {
          if (error instanceof NoSuchKey) return undefined
          throw error
        }
      }),

    list: (wanted) =>
      attempt(named(wanted), async () => {
        const found: StoredObject[] = []
        let token: string | undefined
        do {
          const page = await client.send(
            new ListObjectsV2Command({
              Bucket,
              Prefix: `${base}${wanted}`,
              ...(token ? { ContinuationToken: token } : {}),
            }),
          )
          for (const { Key = '', Size = 0 } of page.Contents ?? [])
            found.push({ key: Key.slice(base.length), bytes: Size })
          token = page.NextContinuationToken
        } while (token)
        return found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
      }),

    remove: (key) =>
      attempt(named(key), async () => {
        await client.send(new DeleteObjectCommand({ Bucket, Key: `${base}${key}` }))
      }),
  }
}
