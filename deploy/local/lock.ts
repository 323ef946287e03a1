import { createConnection, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from './problem.ts'

/** The kernel frees an abstract socket with its process, so a crash cannot leave this lock behind. */
const socketName = (name: string): string => `\0temporal-mysql-operator/${name}`

const listen = async (name: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end(`process ${process.pid}`))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(socketName(name), () => resolve(server.unref()))
  })

const holder = async (name: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = createConnection(socketName(name))
    socket.setTimeout(1000, () => socket.destroy())
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', () => resolve('another process'))
    socket.on('close', () => resolve(text || 'another process'))
  })

/** Runs `work` while no other process of this machine holds the lock `name`; `onWait` learns whom it waits for. */
export const withLock = async <T>(
  name: string,
  work: () => Promise<T>,
  onWait: (holder: string) => void = () => undefined,
  timeoutMs = 30 * 60_000,
): Promise<T> => {
  const deadline = Date.now() + timeoutMs
  let server = await listen(name)
  if (!server) onWait(await holder(name))
  while (!server) {
    if (Date.now() > deadline)
      throw new Problem(
        `${await holder(name)} has been holding the lock "${name}" for too long`,
        'see what that process does, end it, and try again',
      )
    await sleep(200)
    server = await listen(name)
  }
  const held = server
  try {
    return await work()
  } finally {
    await new Promise<void>((resolve) => held.close(() => resolve()))
  }
}
