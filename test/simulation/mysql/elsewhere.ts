import { formatGtidSet, parseGtidSet } from '../../../src/domain/gtid.ts'
import type { Scene } from './scene.ts'
import { dataOf, isServing, type Server } from './server.ts'
import { draw } from './timings.ts'
import { newData, type Volume } from './volume.ts'

/** What a copy of a member holds, as a server that was started on it says. */
export interface MemberCopy {
  readonly gtids: string
  readonly version: string
}

const LOOK_MS = 100
/** net_read_timeout: so long a server that copies waits for one that says nothing. */
const SILENCE_MS = 30_000

const wait = (scene: Scene, ms: number): Promise<void> =>
  new Promise((resolve) => {
    scene.time.after(ms, resolve)
  })

/** CLONE INSTANCE … DATA DIRECTORY by a server that is no member: it takes nothing from the donor but time. Throws what it says. */
export const copyMember = async (scene: Scene, host: string, password: string | undefined): Promise<MemberCopy> => {
  await wait(scene, draw(scene.random, 'initialise'))
  const found = [...scene.servers.values()].find((server) => server.host === host)
  const failed = (why: string): Error => new Error(`ERROR 3862 (HY000): Clone Donor Error: ${why}`)
  if (!found || !isServing(found)) throw failed('Connect failed: 2003')
  const donor: Server = found
  if (dataOf(donor).passwords['backup'] !== password) throw failed("1045 : Access denied for user 'backup'")
  const { servesSince } = donor
  for (let [left, silent] = [draw(scene.random, 'clone'), 0]; left > 0 || silent > 0; ) {
    await wait(scene, LOOK_MS)
    left -= LOOK_MS
    if (scene.servers.get(donor.spec.podUid) !== donor || donor.servesSince !== servesSince || !isServing(donor))
      throw failed('the connection was lost')
    silent = donor.phase === 'Paused' || !scene.links.reachable(donor.spec.podUid) ? silent + LOOK_MS : 0
    if (silent > SILENCE_MS) throw failed('no answer')
  }
  const copy = { gtids: formatGtidSet(dataOf(donor).executed), version: donor.version }
  await wait(scene, draw(scene.random, 'boot'))
  return copy
}

/** Makes what a copy holds the data of a volume, with the accounts of today. */
export const fillVolume = (
  scene: Scene,
  volume: Volume,
  { gtids, version }: MemberCopy,
  passwords: Readonly<Record<string, string>>,
): void => {
  const executed = parseGtidSet(gtids)
  volume.data = { ...newData(scene.random, { ...passwords }), executed, purged: executed, written: version }
}
