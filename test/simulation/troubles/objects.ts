import { READS_LABEL, SERVES_LABEL } from '../../../src/domain/names.ts'
import { SECOND } from '../run/clock.ts'
import { attempt } from '../run/staff.ts'
import { NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Make } from './make.ts'

const remove = (world: SimWorld, kind: 'Service' | 'ConfigMap' | 'StatefulSet', name: string, orphan = false): void => {
  world.kubernetes.objects.delete(kind, { namespace: NAMESPACE, name }, { orphan, by: 'person' })
}

/** A Service of the name of one of ours is somebody else's for a while. */
export const foreignObject = ({ kubernetes, lasting, random, story }: SimWorld): void => {
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

/** What people do to the objects of the cluster. */
export const OBJECTS = {
  DeleteService: (world) =>
    remove(world, 'Service', world.random.pick([NAMES.primary, NAMES.primary, NAMES.headless, NAMES.any])),
  DeleteConfigMap: (world) => {
    for (const { metadata } of world.kubernetes.objects.list('ConfigMap', NAMESPACE))
      remove(world, 'ConfigMap', metadata.name)
  },
  DeleteSecret: ({ kubernetes, random, user }) => {
    // Nobody but the members knows the passwords then: the data of a cluster that goes would be locked for ever.
    if (user.cluster()?.metadata.deletionTimestamp !== undefined) return
    const name = random.pick([NAMES.system, NAMES.app, NAMES.tls])
    kubernetes.objects.delete('Secret', { namespace: NAMESPACE, name }, { by: 'person' })
  },
  ForeignObject: (world) => foreignObject(world),
  DeleteStatefulSet: (world) => remove(world, 'StatefulSet', NAMES.statefulSet),
  OrphanStatefulSet: (world) => {
    // Of a cluster that goes, the pods would be left to whoever did this.
    if (world.user.cluster()?.metadata.deletionTimestamp === undefined)
      remove(world, 'StatefulSet', NAMES.statefulSet, true)
  },
  ChangeLabels: ({ kubernetes, random, story }) => {
    const kind = random.pick(['Service', 'StatefulSet', 'Pod', 'Pod', 'PersistentVolumeClaim'] as const)
    const objects = kubernetes.objects.list(kind, NAMESPACE)
    if (objects.length === 0) return
    const { name } = random.pick(objects).metadata
    const label = random.pick([
      'app.kubernetes.io/instance',
      'app.kubernetes.io/managed-by',
      'example.com/role',
      READS_LABEL,
      SERVES_LABEL,
    ])
    story.tell('trouble', `changes label ${label} of ${kind} ${name}`)
    const labels = { [label]: random.pick([null, 'other']) }
    attempt(() => kubernetes.objects.patch(kind, { namespace: NAMESPACE, name }, { metadata: { labels } }, 'person'))
  },
  ScaleStatefulSet: ({ kubernetes, random }) => {
    const key = { namespace: NAMESPACE, name: NAMES.statefulSet }
    const found = kubernetes.objects.get('StatefulSet', key)
    if (found) kubernetes.objects.patch('StatefulSet', key, { spec: { replicas: random.between(0, 5) } }, 'person')
  },
} as const satisfies Readonly<Record<string, Make>>
