import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTENING = '0A'

const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The kernel writes an IPv4 address as a hexadecimal number with its bytes in reverse. */
const decodeAddress = (hex: string): string =>
  hex.length === 8
    ? (hex.match(/../g) ?? [])
        .reverse()
        .map((byte) => Number.parseInt(byte, 16))
        .join('.')
    : /^0+$/.test(hex)
      ? '::'
      : hex

interface Listener {
  readonly address: string
  readonly port: number
  readonly inode: string
}

const listeners = (): readonly Listener[] =>
  ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => text(path).trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING)
    .map((fields) => {
      const [address = '', port = '0'] = (fields[1] ?? '').split(':')
      return { address: decodeAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? '' }
    })

const processWithSocket = (inode: string): string => {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`))
        if (readlinkSync(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`)
          return `process ${pid} (${text(`/proc/${pid}/comm`).trim()})`
    } catch {
      // It has ended meanwhile.
    }
  }
  return 'a process that is not visible'
}

/** Who listens where we want to: a description of the process, or undefined when the port is free. */
export const portHolder = (address: string, port: number): string | undefined => {
  const found = listeners().find(
    (listener) => listener.port === port && [address, '0.0.0.0', '::'].includes(listener.address),
  )
  return found && processWithSocket(found.inode)
}
