import { connect } from 'node:net'

/** What became of a TCP connection. Silent: neither taken nor refused in time, which tells nothing of a Service. */
export type Answer = 'Open' | 'Refused' | 'Silent'
export type Knock = (host: string, port: number) => Promise<Answer>

const PATIENCE_MS = 500

/** Opens a TCP connection and closes it at once. Never rejects; resolves within half a second. */
export const knock: Knock = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS })
    const end = (answer: Answer) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end('Open'))
    socket.once('timeout', end('Silent'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'Refused' : 'Silent')())
  })
