import { setTimeout as sleep } from 'node:timers/promises'
import { objectNames } from '../../src/domain/names.ts'
import { readMoves } from '../../src/kubernetes/moves.ts'
import { createMySQL } from '../../src/mysql/mysql.ts'
import { now } from '../bench/failover/writers.ts'
import { kubernetes } from '../e2e/stage/cluster.ts'
import { crash, type Piece } from '../e2e/stage/control-plane.ts'
import { reachMember } from '../e2e/stage/members.ts'
import { eventually } from '../e2e/stage/mysqlcluster.ts'
import { aimAt } from './faults/processes.ts'
import { arena, type Scene } from './stage/arena.ts'
import type { Figure } from './stage/figures.ts'

const OUTAGE_MS = 120_000
/**
 * After an outage of the API server kube-proxy may wait for a minute before it asks again: up to 30 s, and as much again by chance.
 * Source: kubernetes/client-go tools/cache/reflector.go.
 */
const WATCHES_AGAIN_SECONDS = 65
const row = arena('control-plane')

const writeService = ({ namespace, name }: Scene['key']) => ({ namespace, name: objectNames(name).primary })

/** A member is killed while a piece is away. It must be back in its group before that piece is. */
const without = async (scene: Scene, piece: Piece, victim: string): Promise<readonly Figure[]> => {
  const [signal, { address, access }] = await Promise.all([aimAt(scene.key, victim), reachMember(scene.key, victim)])
  const mysql = createMySQL()
  let rejoined = Number.NaN
  await crash([piece], async () => {
    const until = now() + OUTAGE_MS
    await scene.traffic.goesOn(30)
    const killed = now()
    signal('SIGKILL')
    await eventually(`${victim} is back in its group`, OUTAGE_MS / 1000, async () => {
      const view = await mysql.inspect(address, access).catch(() => undefined)
      return view?.rows.filter(({ state }) => state === 'ONLINE').length === 3 || undefined
    })
    rejoined = (now() - killed) / 1000
    await sleep(Math.max(0, until - now()))
  })
  const back = now()
  const next = await scene.traffic.goesOn(WATCHES_AGAIN_SECONDS + 30)
  const most = piece === 'apiserver' ? WATCHES_AGAIN_SECONDS : 10
  const [move] = readMoves(await kubernetes.get('Service', writeService(scene.key)))
  const routed = Math.max(0, ((move?.moved ?? back) - back) / 1000)
  return [
    { what: 'back in its group after it was killed', seconds: rejoined },
    { what: `the write Service leads to the primary after ${piece} is back`, seconds: routed, most: 10 },
    { what: `writes go on after ${piece} is back`, seconds: (next.at - back) / 1000, most },
    { what: `back to Healthy after ${piece} is back`, seconds: await scene.wholeAgain(back), most: 60 },
  ]
}

row('a replica that dies while the API server is away is back in its group before that', (scene) =>
  without(scene, 'apiserver', scene.replicas[0] ?? ''),
)

row(
  'a primary that dies while the API server is away is followed by another one, which gets the writes when that is back',
  (scene) => without(scene, 'apiserver', scene.primary),
)

row(
  'a primary that dies while Temporal is away is followed by another one, and is back in its group before that',
  (scene) => without(scene, 'temporal', scene.primary),
)
