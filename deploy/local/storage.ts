import { utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from './api.ts'
import { kubeconfigFile } from './certificates.ts'
import { STORAGE_HEARTBEAT } from './settings.ts'
import { type Claim, reconcileStorage, type Volume } from './storage-reconcile.ts'

// The process `storage`: gives claims of the storage class their volumes, grows them, and removes what was released.
const CLAIMS = '/api/v1/persistentvolumeclaims'
const VOLUMES = '/api/v1/persistentvolumes'
const AT_LEAST_EVERY_MS = 1000

const api = connect(kubeconfigFile('storage'))
const log = (text: string): void => console.log(`${new Date().toISOString()} ${text}`)

let wake: () => void = () => undefined
const watchForever = async (path: string): Promise<never> => {
  for (;;) {
    await api.watch(path, () => wake()).catch(() => undefined)
    await sleep(500)
  }
}

/** Watches only wake us up; every pass looks at the whole state, so a lost event costs a second and nothing else. */
const pass = async (): Promise<void> => {
  // Claims before volumes: a volume in the list whose claim is missing then really has none.
  const claims = await api.call<{ items: readonly Claim[] }>('GET', CLAIMS)
  const volumes = await api.call<{ items: readonly Volume[] }>('GET', VOLUMES)
  await reconcileStorage(api, claims.items, volumes.items, log)
  const now = new Date()
  await utimes(STORAGE_HEARTBEAT, now, now)
}

process.on('SIGTERM', () => process.exit(0))
await writeFile(STORAGE_HEARTBEAT, '')
watchForever(CLAIMS).catch(log)
watchForever(VOLUMES).catch(log)
log('ready')
for (;;) {
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  await pass().catch((error: unknown) => log(`pass failed: ${error instanceof Error ? error.message : error}`))
  await Promise.race([woken, sleep(AT_LEAST_EVERY_MS)])
}
