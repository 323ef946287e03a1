import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import type { S3Location } from '../../crds/backup-store.ts'
import { ensureBinaries } from '../../deploy/local/binaries.ts'
import type { S3Credentials } from '../../src/objectstore/s3.ts'
import { createAuthority, issueCertificate } from '../../src/pki/certificates.ts'

const START_MS = 30_000
const BUCKET = 'backups'

/** A real S3 gateway over TLS, with one bucket. */
export interface Gateway {
  readonly location: S3Location
  readonly credentials: S3Credentials
  /** The certificate that its own is checked by. */
  readonly authority: string
  /** Where it keeps the objects of the bucket, as files by their keys. */
  readonly directory: string
  /** Ends it at once, as a crash does, and starts it again with what it had. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const freePort = async (host: string): Promise<number> => {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await once(server.close(), 'close')
  return port
}

const answering = async (child: ChildProcess, url: string, authority: string): Promise<void> => {
  const dispatcher = new Agent({ connect: { ca: authority } })
  for (const deadline = Date.now() + START_MS; Date.now() < deadline && child.exitCode === null; await sleep(50)) {
    const answer = await fetch(url, { dispatcher }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer) return dispatcher.close()
  }
  throw new Error('the S3 gateway does not answer')
}

/** Starts a gateway of its own on `host`, in a temporary directory. */
export const startGateway = async (host = '127.0.0.1'): Promise<Gateway> => {
  const program = join(await ensureBinaries('versitygw'), 'versitygw')
  const home = await mkdtemp(join(tmpdir(), 'gateway-'))
  const directory = join(home, 'objects', BUCKET)
  await mkdir(directory, { recursive: true })
  await mkdir(join(home, 'iam'))
  const authority = await createAuthority('authority of the gateway', 1)
  const pair = await issueCertificate(authority, { commonName: 'gateway', ipAddresses: [host], days: 1 })
  const [cert, key] = [join(home, 'tls.crt'), join(home, 'tls.key')]
  await writeFile(cert, pair.certificate)
  await writeFile(key, pair.privateKey, { mode: 0o600 })
  const address = `${host}:${await freePort(host)}`
  const endpoint = `https://${address}`
  const credentials = { accessKeyId: 'tester', secretAccessKey: 'not-a-secret-of-anybody' }
  let child: ChildProcess | undefined

  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = async (): Promise<void> => {
    child = spawn(
      program,
      ['--port', address, '--cert', cert, '--key', key, '--quiet', 'posix', join(home, 'objects')],
      {
        stdio: 'ignore',
        env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      },
    )
    try {
      await answering(child, endpoint, authority.certificate)
    } catch (error) {
      await kill()
      throw error
    }
  }
  await start()
  return {
    location: { endpoint, region: 'us-east-1', bucket: BUCKET, pathStyle: true, credentialsSecret: 'store' },
    credentials,
    authority: authority.certificate,
    directory,
    kill,
    start,
    async stop() {
      await kill()
      await rm(home, { recursive: true, force: true })
    },
  }
}
