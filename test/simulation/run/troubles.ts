import { KIND } from '../../../crds/mysqlcluster.ts'
import { workflowId } from '../../../src/domain/names.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from './clock.ts'
import { missing } from './ending.ts'
import type { Trouble } from './scenario.ts'
import { attempt } from './staff.ts'
import { CLUSTER, CLUSTER_KEY, NAMES, NAMESPACE } from './user.ts'
import type { SimWorld } from './world.ts'

/** Makes a trouble. What lasts is ended by itself after a while, and at the latest when the troubles are over. */
type Make = (world: SimWorld) => void

const member = ({ mysql, random }: SimWorld): SimMember | undefined => {
  const members = mysql.members()
  return members.length > 0 ? random.pick(members) : undefined
}
const primary = ({ mysql }: SimWorld): SimMember | undefined => mysql.members().find(({ acknowledges }) => acknowledges)

const onPod =
  (act: (world: SimWorld, key: { namespace: string; name: string }) => void): Make =>
  (world) => {
    const pods = world.kubernetes.objects.list('Pod', NAMESPACE)
    if (pods.length > 0) act(world, { namespace: NAMESPACE, name: world.random.pick(pods).metadata.name })
  }

const crash = (world: SimWorld, members: readonly SimMember[]): void => {
  for (const { podUid, phase } of members) if (phase !== 'Initialising') world.mysql.faults.crash(podUid)
}

const pause = (world: SimWorld, victim: SimMember | undefined): void => {
  if (victim?.phase !== 'Running') return
  world.mysql.faults.pause(victim.podUid)
  world.lasting(world.random.between(2, 60) * SECOND, () => {
    if (world.mysql.members().some(({ podUid, phase }) => podUid === victim.podUid && phase === 'Paused'))
      world.mysql.faults.resume(victim.podUid)
  })
}

const remove = (world: SimWorld, kind: 'Service' | 'ConfigMap' | 'StatefulSet', name: string, orphan = false): void => {
  world.kubernetes.objects.delete(kind, { namespace: NAMESPACE, name }, { orphan, by: 'person' })
}

const unreachable = (world: SimWorld, receiver: string): void => {
  world.calls.unreachable.add(receiver)
  world.lasting(world.random.between(2, 90) * SECOND, () => world.calls.unreachable.delete(receiver))
}

export const MAKE: Readonly<Record<Trouble, Make>> = {
  KillMember: (world) => {
    const victim = member(world)
    if (victim) crash(world, [victim])
  },
  CrashAll: (world) => crash(world, world.mysql.members()),
  CrashMajority: (world) => {
    const members = world.mysql.members()
    crash(world, members.slice(0, Math.floor(members.length / 2) + 1))
  },
  DrainPod: onPod(({ kubernetes }, key) => void kubernetes.faults.deletePod(key)),
  ForceDeletePod: onPod(({ kubernetes }, key) => void kubernetes.faults.killPod(key)),
  DeleteAllPods: ({ kubernetes, random }) => {
    const force = random.chance(0.5)
    for (const { metadata } of kubernetes.objects.list('Pod', NAMESPACE)) {
      const key = { namespace: NAMESPACE, name: metadata.name }
      if (force) kubernetes.faults.killPod(key)
      else kubernetes.faults.deletePod(key)
    }
  },
  PauseMember: (world) => pause(world, member(world)),
  PausePrimary: (world) => pause(world, primary(world)),
  Isolate: (world) => {
    const victim = (world.random.chance(0.5) ? primary(world) : undefined) ?? member(world)
    if (!victim) return
    const from = world.random.pick(['Members', 'Outside', 'Everybody'] as const)
    world.story.tell('trouble', `isolates ${victim.pod} from ${from}`)
    world.lasting(world.random.between(3, 90) * SECOND, world.mysql.faults.isolate(victim.podUid, from))
  },
  Partition: (world) => {
    const members = world.mysql.members().map(({ podUid }) => podUid)
    const cut = world.random.between(1, Math.max(1, members.length - 1))
    const mend = world.mysql.faults.partition(members.slice(0, cut), members.slice(cut))
    world.lasting(world.random.between(3, 90) * SECOND, mend)
  },
  NodeFails: onPod((world, key) => {
    const node = world.kubernetes.faults.failNodeOf(key)
    if (node) world.lasting(world.random.between(5, 120) * SECOND, () => world.kubernetes.faults.repairNode(node))
  }),
  SlowApplier: (world) => {
    const victim = member(world)
    if (victim) world.mysql.faults.slowApplier(victim.podUid, world.random.between(50, 2_000))
  },
  ApiServerAway: (world) => unreachable(world, 'kubernetes'),
  ControllersStop: ({ kubernetes, random, lasting }) => {
    kubernetes.faults.controllersStopped = true
    lasting(random.between(5, 90) * SECOND, () => {
      kubernetes.faults.controllersStopped = false
    })
  },
  TemporalAway: ({ temporal, random, lasting }) => {
    temporal.away = true
    lasting(random.between(2, 120) * SECOND, () => {
      temporal.away = false
    })
  },
  TemporalLosesData: ({ temporal }) => temporal.forgetAll(),
  TerminateWorkflow: ({ temporal, user, random }) => {
    const ref = user.ref()
    if (!ref) return
    if (random.chance(0.5)) void temporal.terminate(workflowId(ref))
    else temporal.cancel(workflowId(ref))
  },
  WorkerDies: ({ staff, random }) => {
    const workers = staff.workers()
    if (workers.length > 0) staff.kill(random.pick(workers), 'killed')
  },
  WorkerPauses: ({ staff, random }) => staff.pauseWorker(random.between(5, 150) * SECOND),
  SeedVanishes: (world) => seedVanishes(world),
  OperatorDies: ({ staff }) => {
    for (const leader of staff.leaders()) staff.kill(leader, 'killed')
  },
  OperatorPauses: ({ staff, random }) => staff.pauseLeader(random.between(2, 40) * SECOND),
  AllProcessesDie: ({ staff, random }) => {
    const awayMs = random.between(1, 60) * SECOND
    for (const process of [...staff.workers(), ...staff.leaders()]) staff.kill(process, 'killed', awayMs)
  },
  DeleteService: (world) =>
    remove(world, 'Service', world.random.pick([NAMES.primary, NAMES.primary, NAMES.headless, NAMES.any])),
  DeleteConfigMap: (world) => {
    for (const { metadata } of world.kubernetes.objects.list('ConfigMap', NAMESPACE))
      remove(world, 'ConfigMap', metadata.name)
  },
  DeleteSecret: ({ kubernetes, random }) => {
    const name = random.pick([NAMES.system, NAMES.app, NAMES.tls])
    kubernetes.objects.delete('Secret', { namespace: NAMESPACE, name }, { by: 'person' })
  },
  ForeignObject: (world) => foreignObject(world),
  DeleteStatefulSet: (world) => remove(world, 'StatefulSet', NAMES.statefulSet),
  OrphanStatefulSet: (world) => remove(world, 'StatefulSet', NAMES.statefulSet, true),
  ChangeLabels: ({ kubernetes, random, story }) => {
    const kind = random.pick(['Service', 'StatefulSet', 'Pod', 'Pod', 'PersistentVolumeClaim'] as const)
    const objects = kubernetes.objects.list(kind, NAMESPACE)
    if (objects.length === 0) return
    const { name } = random.pick(objects).metadata
    const label = random.pick(['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'example.com/role'])
    story.tell('trouble', `changes label ${label} of ${kind} ${name}`)
    const labels = { [label]: random.pick([null, 'other']) }
    attempt(() => kubernetes.objects.patch(kind, { namespace: NAMESPACE, name }, { metadata: { labels } }, 'person'))
  },
  ScaleStatefulSet: ({ kubernetes, random }) => {
    const key = { namespace: NAMESPACE, name: NAMES.statefulSet }
    const found = kubernetes.objects.get('StatefulSet', key)
    if (found) kubernetes.objects.patch('StatefulSet', key, { spec: { replicas: random.between(0, 5) } }, 'person')
  },
  Pause: ({ user, random, lasting }) => {
    user.patch({ paused: true })
    lasting(random.between(5, 120) * SECOND, () => user.patch({ paused: false }))
  },
  PausedOutage: (world) => {
    const { user, time, mysql, lasting } = world
    user.patch({ paused: true })
    time.after(70 * SECOND, () => {
      if (!world.calm) crash(world, mysql.members())
    })
    lasting(190 * SECOND, () => user.patch({ paused: false }))
  },
  ChangeSpec: ({ user, random, lasting }) => {
    const change = random.pick<Readonly<Record<string, unknown>>>([
      { size: random.pick([1, 3, 5]) },
      { image: 'mysql:none' },
      { config: { max_connections: random.between(50, 500) } },
      { services: { primary: { annotations: { note: 'changed' } } } },
    ])
    user.patch(change)
    lasting(random.between(5, 120) * SECOND, () =>
      user.patch({ size: user.wish.size, image: 'mysql:8.0', config: null, services: null }),
    )
  },
  LoseVolume: (world) => loseVolume(world),
  PurgeAndLose: (world) => {
    if (!loseVolume(world)) return
    for (const { podUid, state } of world.mysql.members()) if (state === 'ONLINE') world.mysql.faults.purge(podUid)
  },
  LastStanding: (world) => {
    const { kubernetes, mysql, time, random, lasting, story } = world
    const members = mysql.members()
    const last = members.length > 1 ? random.pick(members) : undefined
    if (!last) return
    // While no pod is made anew, one member goes on alone, and alone has what is written then.
    kubernetes.faults.controllersStopped = true
    for (const { pod, podUid } of members)
      if (podUid !== last.podUid) kubernetes.faults.deletePod({ namespace: NAMESPACE, name: pod })
    const claim = { namespace: NAMESPACE, name: `data-${last.pod}` }
    time.after(25 * SECOND, () => {
      if (world.calm) return
      story.tell('trouble', `${last.pod} goes last, and another's finalizer holds its claim, which a person deletes`)
      kubernetes.objects.patch('PersistentVolumeClaim', claim, { metadata: { finalizers: HELD } }, 'person')
      kubernetes.objects.delete('PersistentVolumeClaim', claim, { by: 'person' })
      kubernetes.faults.killPod({ namespace: NAMESPACE, name: last.pod })
      kubernetes.faults.controllersStopped = false
    })
    lasting(random.between(40, 600) * SECOND, () => {
      kubernetes.faults.controllersStopped = false
      kubernetes.objects.patch('PersistentVolumeClaim', claim, { metadata: { finalizers: null } }, 'person')
    })
  },
  Errant: (world) => {
    const victim = world.mysql.members().find(({ role }) => role === 'SECONDARY')
    if (!victim) return
    world.mysql.faults.errant(victim.podUid)
    if (world.random.chance(0.7)) crash(world, [victim])
  },
  Delete: ({ user }) => {
    user.wish.there = false
    user.remove()
  },
  DeleteNamespace: ({ user, kubernetes }) => {
    user.wish.there = false
    kubernetes.deleteNamespace(NAMESPACE)
  },
  Recreate: (world) => recreate(world, world.user.wish.size),
  RecreateSmaller: (world) => recreate(world, Math.max(1, world.user.wish.size - 2)),
}

/** A person deletes the volume of one member, where it does no harm: never the one copy that is whole. */
const loseVolume = (world: SimWorld): boolean => {
  const { kubernetes, random, story, user } = world
  const claims = kubernetes.objects.list('PersistentVolumeClaim', NAMESPACE)
  if (user.wish.size === 1 || claims.length === 0 || missing(world).length > 0) return false
  const { name } = random.pick(claims).metadata
  story.tell('trouble', `deletes ${name} and its pod`)
  kubernetes.objects.delete('PersistentVolumeClaim', { namespace: NAMESPACE, name }, { by: 'person' })
  kubernetes.faults.killPod({ namespace: NAMESPACE, name: name.replace(/^data-/, '') })
  return true
}

const HELD = ['kubernetes.io/pvc-protection', 'snapshot.storage.kubernetes.io/pvc-as-source-protection']

const recreate = ({ user, kubernetes }: SimWorld, size: number): void => {
  if (!user.wish.there || !user.cluster()) return
  user.wish.again = true
  user.wish.size = size
  kubernetes.onWrite(({ kind, key, after }) => {
    if (kind !== KIND || key.name !== CLUSTER || key.namespace !== CLUSTER_KEY.namespace || after || !user.wish.again)
      return
    user.wish.again = false
    queueMicrotask(() => user.wish.there && user.apply())
  })
  user.remove()
}

/** A Service of the name of one of ours is somebody else's for a while. */
const foreignObject = ({ kubernetes, lasting, random, story }: SimWorld): void => {
  const name = random.pick([NAMES.any, NAMES.replicas])
  const key = { namespace: NAMESPACE, name }
  kubernetes.objects.delete('Service', key, { by: 'person' })
  const theirs = { apiVersion: 'v1', kind: 'Service', metadata: { ...key, labels: { owner: 'somebody' } } }
  const made = attempt(() =>
    kubernetes.objects.create({ ...theirs, ...{ spec: { ports: [{ port: 80 }] } } }, 'somebody'),
  )
  story.tell('trouble', `Service ${name} is somebody else's: ${made}`)
  const { uid } = kubernetes.objects.get('Service', key)?.metadata ?? {}
  lasting(random.between(10, 120) * SECOND, () => {
    if (kubernetes.objects.get('Service', key)?.metadata.uid === uid)
      kubernetes.objects.delete('Service', key, { by: 'somebody' })
  })
}

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
