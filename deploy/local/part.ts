import { join } from 'node:path'
import { pkiFile } from './certificates.ts'
import { NODE_ADDRESS, paths } from './settings.ts'

/** A process of the local cluster: how it is started, and what it must be restarted for. */
export interface Part {
  readonly argv: readonly string[]
  /** Files whose content the process reads at its start. */
  readonly files: readonly string[]
  readonly ports: readonly { readonly address: string; readonly port: number }[]
  /** How long it may take to end when asked to. */
  readonly graceMs: number
  /** Source files, for a process whose program is part of this checkout. */
  readonly sources?: readonly string[]
  /** What must not be left over from an earlier process when this one starts. */
  readonly clear?: () => Promise<void>
}

/** The path of one of our own programs. */
export const binary = (name: string): string => join(paths.bin, name)
/** The path of a file next to this one. */
export const here = (file: string): string => join(import.meta.dirname, file)
/** Ports on the loopback address. */
export const local = (...ports: number[]): Part['ports'] => ports.map((port) => ({ address: '127.0.0.1', port }))
/** Ports on the node's address. */
export const node = (...ports: number[]): Part['ports'] => ports.map((port) => ({ address: NODE_ADDRESS, port }))
/** The certificate of the cluster's authority. */
export const authority = pkiFile('ca.crt')
