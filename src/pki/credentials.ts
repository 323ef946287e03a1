import { randomInt } from 'node:crypto'
import { createAuthority, issueCertificate, type KeyPair } from './certificates.ts'

const DAYS = 3650
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
const LENGTH = 32

export interface ServerPair {
  readonly authority: KeyPair
  readonly server: KeyPair
}

/** Where new secrets come from. */
export interface Credentials {
  /** A new password of letters and digits. */
  password(): string
  /** A new certificate authority, and a server certificate of it for these names. */
  certificates(authorityName: string, commonName: string, dnsNames: readonly string[]): Promise<ServerPair>
}

export const realCredentials: Credentials = {
  password: () => Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join(''),
  async certificates(authorityName, commonName, dnsNames) {
    const authority = await createAuthority(authorityName, DAYS)
    return { authority, server: await issueCertificate(authority, { commonName, dnsNames, days: DAYS }) }
  },
}
