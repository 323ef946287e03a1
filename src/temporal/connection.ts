import { createPrivateKey, X509Certificate } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { TLSConfig } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import type { Settings } from '../settings.ts'
import { encryption } from './encryption.ts'
import { readKeys } from './keys.ts'
import { followMounted, readMounted } from './mounted.ts'

/** How operator and worker reach Temporal, as their two kinds of connection take it. Holds secrets: never logged. */
export interface TemporalAccess {
  readonly address: string
  readonly tls?: TLSConfig
  readonly apiKey?: string
}

const FILES = ['TEMPORAL_TLS_CA_FILE', 'TEMPORAL_TLS_CERT_FILE', 'TEMPORAL_TLS_KEY_FILE'] as const

const parsed = <T>(setting: string, settings: Settings, what: string, parse: (text: string) => T): T => {
  const file = settings[setting as (typeof FILES)[number]]
  const text = readMounted(setting, file)
  try {
    return parse(text)
  } catch {
    throw new Error(`${setting}: ${file} is not ${what} in PEM format: put one into the Secret that is mounted there.`)
  }
}

const authority = (settings: Settings): Pick<TLSConfig, 'serverRootCACertificate'> => {
  if (!settings.TEMPORAL_TLS_CA_FILE) return {}
  const text = parsed('TEMPORAL_TLS_CA_FILE', settings, 'a certificate', (pem) => new X509Certificate(pem) && pem)
  return { serverRootCACertificate: Buffer.from(text) }
}

const client = (settings: Settings): Pick<TLSConfig, 'clientCertPair'> => {
  const { TEMPORAL_TLS_CERT_FILE: certFile, TEMPORAL_TLS_KEY_FILE: keyFile } = settings
  if (!certFile) return {}
  const read = (setting: string, file: string) => Buffer.from(readMounted(setting, file))
  const certificate = parsed('TEMPORAL_TLS_CERT_FILE', settings, 'a certificate', (pem) => new X509Certificate(pem))
  const key = parsed('TEMPORAL_TLS_KEY_FILE', settings, 'a private key without a passphrase', createPrivateKey)
  if (!certificate.checkPrivateKey(key))
    throw new Error(`TEMPORAL_TLS_KEY_FILE: ${keyFile} is not the key of the certificate in ${certFile}.`)
  const crt = read('TEMPORAL_TLS_CERT_FILE', certFile)
  return { clientCertPair: { crt, key: read('TEMPORAL_TLS_KEY_FILE', keyFile) } }
}

const readApiKey = ({ TEMPORAL_API_KEY_FILE: file }: Settings): string =>
  readMounted('TEMPORAL_API_KEY_FILE', file).trim()

/** Reads certificates and API key. Throws with the setting that is wrong, and the way out. */
export const temporalAccess = (settings: Settings): TemporalAccess => {
  const { TEMPORAL_TLS_SERVER_NAME: name } = settings
  if (settings.TEMPORAL_TLS === 'off') return { address: settings.TEMPORAL_ADDRESS }
  return {
    address: settings.TEMPORAL_ADDRESS,
    tls: { ...authority(settings), ...client(settings), ...(name ? { serverNameOverride: name } : {}) },
    ...(settings.TEMPORAL_API_KEY_FILE ? { apiKey: readApiKey(settings) } : {}),
  }
}

/** The file that says how failures are written when payloads are encrypted. */
export const FAILURE_CONVERTER = fileURLToPath(
  new URL(`./failures.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/**
 * How payloads and failures are written and read: encrypted when there are keys, else plainly. The same for operator and
 * worker. Either reads what the other way wrote.
 */
export const temporalConverter = ({ TEMPORAL_ENCRYPTION_KEYS_DIR: directory }: Settings): DataConverter => {
  const setting = 'TEMPORAL_ENCRYPTION_KEYS_DIR'
  if (!directory) return {}
  const codec = encryption(setting, () => readKeys(setting, directory))
  return { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER }
}

/** Hands over each new API key that appears in its file, until `signal` aborts. */
export const followApiKey = (
  settings: Settings,
  take: (apiKey: string) => void,
  signal: AbortSignal,
  lookMs?: number,
): void => {
  if (settings.TEMPORAL_API_KEY_FILE) followMounted(() => readApiKey(settings), take, signal, lookMs)
}

/** Tells when a certificate was renewed: connections keep those that they began with, so the process must begin anew. */
export const followCertificates = (
  settings: Settings,
  renewed: () => void,
  signal: AbortSignal,
  lookMs?: number,
): void => {
  const used = FILES.filter((setting) => settings[setting])
  const read = () => used.map((setting) => readMounted(setting, settings[setting])).join('\n')
  if (used.length > 0) followMounted(read, renewed, signal, lookMs)
}
