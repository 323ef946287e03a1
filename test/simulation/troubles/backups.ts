import type { MySQLBackup } from '../../../crds/mysqlbackup.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup-names.ts'
import { REFUSALS } from '../objectstore/store.ts'
import { askForBackup, backupNow, isCompleted, podsOf } from '../run/backups.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { later, type Make, once, stopControllers } from './make.ts'
import { restoreAnew } from './restores.ts'

const POLICIES = ['Retain', 'Delete'] as const

/** The pod of a backup in which this container runs; any, when none is told. */
const running = (world: SimWorld, backup: MySQLBackup, container?: 'mysql' | 'agent') =>
  podsOf(world, backup).find(({ status }) =>
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(
      ({ name, state }) => state?.running && (container ?? name) === name,
    ),
  )

/** A person asks for a backup, and something happens as soon as its Job is that far. */
const during =
  (container: 'mysql' | 'agent' | undefined, act: (world: SimWorld, backup: MySQLBackup, pod: string) => void): Make =>
  (world) => {
    const backup = askForBackup(world, { deletionPolicy: world.random.pick(POLICIES) })
    if (!backup) return
    once(
      world,
      () => running(world, backup, container) !== undefined,
      () => act(world, backup, running(world, backup, container)?.metadata.name ?? ''),
    )
  }

const remove = ({ kubernetes, story }: SimWorld, { metadata: { name } }: MySQLBackup): void => {
  story.tell('person', `deletes MySQLBackup ${name}`)
  kubernetes.objects.delete(BACKUP_KIND, { namespace: NAMESPACE, name }, { by: 'person' })
}

const endPod = (world: SimWorld, name: string): void => {
  const { kubernetes, random, story, lasting } = world
  const key = { namespace: NAMESPACE, name }
  const how = random.pick(['crashContainer', 'deletePod', 'killPod', 'failNodeOf'] as const)
  story.tell('trouble', `${how} ${name}`)
  if (how !== 'failNodeOf') kubernetes.faults[how](key)
  else {
    const node = kubernetes.faults.failNodeOf(key)
    if (node) lasting(random.between(5, 90) * SECOND, () => kubernetes.faults.repairNode(node))
  }
}

const endDonor = (world: SimWorld, backup: MySQLBackup): void => {
  const { kubernetes, mysql, random, lasting } = world
  const donor = mysql.members().find(({ pod }) => pod === backupNow(world, backup)?.status?.donor)
  if (!donor) return
  const how = random.pick(['Crash', 'Delete', 'Isolate'] as const)
  if (how === 'Delete') kubernetes.faults.deletePod({ namespace: NAMESPACE, name: donor.pod })
  else if (how === 'Isolate') lasting(random.between(5, 90) * SECOND, mysql.faults.isolate(donor.podUid, 'Everybody'))
  else mysql.faults.crash(donor.podUid)
}

const failStore = ({ calls, random, lasting, story }: SimWorld): void => {
  const code = random.chance(0.4) ? undefined : random.pick(REFUSALS)
  story.tell('trouble', code ? `the store refuses everything: ${code}` : 'the store does not answer')
  if (code) calls.storeRefuses = code
  else calls.unreachable.add('store')
  lasting(random.pick([2, 20, 90]) * SECOND, () => {
    calls.storeRefuses = undefined
    calls.unreachable.delete('store')
  })
}

/** When everybody knows that the backup is being made. */
const KNOWN_MS = 25 * SECOND

/** The store is silent for long, and a person changes something else. */
const silently = (world: SimWorld, change: () => void): void => {
  const { calls, lasting, story } = world
  story.tell('trouble', 'the store does not answer')
  calls.unreachable.add('store')
  lasting(150 * SECOND, () => calls.unreachable.delete('store'))
  later(world, KNOWN_MS, change)
}

const changeConfig = ({ user }: SimWorld): void => user.patch({ config: { max_connections: 77 } })

const grow = ({ user }: SimWorld): void => {
  user.wish.size += 1
  user.patch({ size: user.wish.size })
}

/** A member is on its way to be made anew for long, and a person asks for a backup. */
const backUpMidChange = (world: SimWorld): void => {
  changeConfig(world)
  once(
    world,
    () => underWay(world).onRecord?.kind === 'renewMember',
    () => {
      stopControllers(world, 70 * SECOND)
      later(world, 30 * SECOND, () => void askForBackup(world))
    },
  )
}

/** Its node hears of nothing, and is taken for dead; its agent sleeps until another try has made the backup. */
const oversleep = (world: SimWorld, backup: MySQLBackup, name: string): void => {
  const { kubernetes, jobs, story, lasting } = world
  const key = { namespace: NAMESPACE, name }
  const agent = jobs.processes.get(kubernetes.objects.get('Pod', key)?.metadata.uid ?? '')
  if (!agent) return
  story.tell('trouble', `${name} is taken for dead, and sleeps`)
  agent.pause()
  kubernetes.faults.strandPod(key)
  once(world, () => isCompleted(world, backup), agent.resume)
  lasting(120 * SECOND, agent.resume)
}

/** Two backups; of one a person wants no trace. */
const removeOneOfTwo: Make = (world) => {
  const [first, second] = [askForBackup(world, { deletionPolicy: 'Delete' }), askForBackup(world)]
  if (!first || !second) return
  once(
    world,
    () => isCompleted(world, first) && isCompleted(world, second),
    () => remove(world, first),
  )
}

/** A backup is deleted in the midst, or when it is made, and another one is asked for under its name as soon as it is gone. */
const makeAgain: Make = (world) => {
  const { random } = world
  const deletionPolicy = random.pick(POLICIES)
  const isEarly = random.chance(0.5)
  const backup = askForBackup(world, { deletionPolicy })
  if (!backup) return
  const isDue = (): boolean => (isEarly ? running(world, backup) !== undefined : isCompleted(world, backup))
  once(world, isDue, () => {
    remove(world, backup)
    once(
      world,
      () => backupNow(world, backup) === undefined,
      () => void askForBackup(world, { deletionPolicy }, backup.metadata.name),
    )
  })
}

/** A person asks for backups, deletes them, and what they are made with fails. Only in stories in which the cluster has a store. */
export const BACKUPS = {
  BackUp: (world) => void askForBackup(world),
  BackUpPodEnds: during(undefined, (world, _, pod) => endPod(world, pod)),
  BackUpDonorEnds: during('mysql', (world, backup) => endDonor(world, backup)),
  BackUpWorkersEnd: during(undefined, ({ staff }) => {
    for (const worker of staff.workers()) staff.kill(worker, 'killed', 5 * SECOND)
  }),
  BackUpStoreFails: during('agent', (world) => failStore(world)),
  BackUpLateTry: during('agent', oversleep),
  BackUpRemoved: removeOneOfTwo,
  BackUpMadeAgain: makeAgain,
} as const satisfies Readonly<Record<string, Make>>

/** Backups beside a change that a person asks for. They have a turn of their own: the others stay in theirs. */
export const EXCLUSIONS = {
  BackUpWhileRolled: during('agent', (world) => silently(world, () => changeConfig(world))),
  BackUpWhileGrown: during('agent', (world) => silently(world, () => grow(world))),
  BackUpMidChange: backUpMidChange,
} as const satisfies Readonly<Record<string, Make>>

export type BackupTrouble = keyof typeof BACKUPS
/** What replaces the cluster: stories begin with it, or never have it. */
export const RESTORES = { RestoreAnew: restoreAnew } as const satisfies Readonly<Record<string, Make>>

// The keys of an object that is const.
export const BACKUP_NAMES = Object.keys(BACKUPS) as readonly BackupTrouble[]
