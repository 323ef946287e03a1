import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord, MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { contains, union } from '../../../src/domain/gtid.ts'
import { claimedVolumes } from '../invariants/data.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { heldBeginning, lateRequest } from './delays.ts'
import { GROUPS } from './groups.ts'
import { MAJORITIES } from './majorities.ts'
import { crash, goesOnAlone, type Make, once, primary } from './make.ts'
import { foreignObject } from './objects.ts'
import { recreate } from './person.ts'
import { STRAYS } from './strays.ts'

const HELD = ['kubernetes.io/pvc-protection', 'snapshot.storage.kubernetes.io/pvc-as-source-protection']

const groupOn = (object: unknown): GroupRecord | undefined =>
  (object as { status?: MySQLClusterStatus } | undefined)?.status?.group

/** The seed of the next bootstrap cannot be reached right after it, and whoever made it dies. */
const seedVanishes = (world: SimWorld): void => {
  const { mysql, staff, random, story, lasting } = world
  const before = mysql.bootstraps().length
  let done = false
  world.watch(() => {
    const made = mysql.bootstraps()[before]
    if (!made || done || world.calm) return
    done = true
    story.tell('trouble', `${made.pod} cannot be reached, and the workers die`)
    const from = random.pick(['Outside', 'Everybody'] as const)
    if (mysql.members().some(({ podUid }) => podUid === made.podUid))
      lasting(random.between(20, 200) * SECOND, mysql.faults.isolate(made.podUid, from))
    for (const worker of staff.workers()) staff.kill(worker, 'killed', 2 * SECOND)
  })
}

/** After an outage a seed is decided on; before it acts its volume is lost, as a person knows that the others have all. */
const seedIsLost = (world: SimWorld): void => {
  const { mysql, kubernetes, staff, story, time } = world
  let done = false
  const lose = (seed: string): void => {
    for (const worker of staff.workers()) staff.kill(worker, 'killed', 2 * SECOND)
    const name = `data-${seed}`
    const volumes = claimedVolumes(world)
    const others = union(...volumes.flatMap(({ claim, holds }) => (claim === name ? [] : [holds])))
    if (!volumes.every(({ claim, holds }) => claim !== name || contains(others, holds))) return
    story.tell('trouble', `the workers die, and a person deletes ${name} and its pod`)
    kubernetes.objects.delete('PersistentVolumeClaim', { namespace: NAMESPACE, name }, { by: 'person' })
    kubernetes.faults.killPod({ namespace: NAMESPACE, name: seed })
  }
  kubernetes.onWrite(({ kind, after }) => {
    const group = kind === KIND ? groupOn(after) : undefined
    if (!group || group.incarnation !== undefined || group.bootstraps < 2 || done || world.calm) return
    done = true
    time.after(0, () => lose(group.seed))
  })
  crash(world, mysql.members())
}

/** The last one's claim is held when it goes: it cannot come back for a while, and the others can. */
const lastStanding = (world: SimWorld): void => {
  const { kubernetes, mysql, random, lasting, story } = world
  const members = mysql.members()
  const last = members.length > 1 ? random.pick(members) : undefined
  if (!last) return
  const claim = { namespace: NAMESPACE, name: `data-${last.pod}` }
  goesOnAlone(world, last, () => {
    story.tell('trouble', `${last.pod} goes last, and another's finalizer holds its claim, which a person deletes`)
    kubernetes.objects.patch('PersistentVolumeClaim', claim, { metadata: { finalizers: HELD } }, 'person')
    kubernetes.objects.delete('PersistentVolumeClaim', claim, { by: 'person' })
    kubernetes.faults.killPod({ namespace: NAMESPACE, name: last.pod })
  })
  lasting(random.between(90, 600) * SECOND, () => {
    kubernetes.objects.patch('PersistentVolumeClaim', claim, { metadata: { finalizers: null } }, 'person')
  })
}

/** The last one is beyond the size of the cluster that is made next under this name. */
const lastIsBeyond = (world: SimWorld): void => {
  const { mysql, user } = world
  const size = Math.max(1, user.wish.size - 2)
  const last = mysql.members().findLast(({ pod }) => pod.endsWith(`-${user.wish.size - 1}`))
  if (last && size < user.wish.size) goesOnAlone(world, last, () => recreate(world, size))
}

const isFormed = ({ user, mysql }: SimWorld): boolean =>
  groupOn(user.cluster())?.incarnation !== undefined &&
  mysql.members().filter(({ state }) => state === 'ONLINE').length >= 2

/** A worker is stopped as it begins a bootstrap, another one makes the group, and the first goes on when its seed is outside again. */
const lateBootstrap = (world: SimWorld): void => {
  const { mysql, staff, time, story, temporal, user } = world
  heldBeginning(world, 'bootstrap', (begun) => {
    once(
      world,
      () => isFormed(world),
      () => {
        const seed = mysql.members().find(({ pod }) => pod === groupOn(user.cluster())?.seed)
        if (seed?.state !== 'ONLINE') return
        story.tell('trouble', `${seed.pod} is told to leave the group`)
        temporal.away = true
        mysql.faults.leave(seed.podUid)
        time.after(5 * SECOND, begun.goOn)
        time.after(8 * SECOND, () => {
          temporal.away = false
        })
      },
    )
  })
  world.lasting(240 * SECOND, () => {
    temporal.away = false
    for (const worker of staff.workers()) worker.resume()
  })
}

/** Whoever puts the decision to bootstrap on record dies, and the request arrives when the group has long been made. */
const lateRecord = (world: SimWorld): void => {
  heldBeginning(world, 'bootstrap', (begun) => {
    lateRequest(world, begun.process, `APPLY-STATUS ${KIND}`, 60 * SECOND)
    begun.goOn()
  })
}

/** Whoever leads the writes to a new primary dies, and the request arrives when yet another one takes them. */
const lateMove = (world: SimWorld): void => {
  const { staff, time } = world
  const first: SimMember | undefined = primary(world)
  if (!first) return
  for (const leader of staff.leaders())
    lateRequest(world, leader, `PATCH Service ${NAMESPACE}/${NAMES.primary}`, 70 * SECOND)
  crash(world, [first])
  time.after(30 * SECOND, () => {
    const second = primary(world)
    if (second && !world.calm) crash(world, [second])
  })
}

/** Sequences in which one rule alone stands between an accident and the loss of data. */
export const AMBUSHES = {
  SeedVanishes: (world) => seedVanishes(world),
  SeedIsLost: (world) => seedIsLost(world),
  LastStanding: (world) => lastStanding(world),
  LastIsBeyond: (world) => lastIsBeyond(world),
  LateBootstrap: (world) => lateBootstrap(world),
  LateRecord: (world) => lateRecord(world),
  LateMove: (world) => lateMove(world),
  SomebodyElses: foreignObject,
  ...MAJORITIES,
  ...GROUPS,
  ...STRAYS,
} as const satisfies Readonly<Record<string, Make>>

export type Ambush = keyof typeof AMBUSHES

/** Those that lie in wait for the first bootstrap: they begin with the story. */
export const FROM_THE_START: readonly Ambush[] = ['SeedVanishes', 'LateBootstrap', 'LateRecord', 'ForgottenGroup']
// The keys of an object that is const.
export const AMBUSH_NAMES = Object.keys(AMBUSHES) as readonly Ambush[]
