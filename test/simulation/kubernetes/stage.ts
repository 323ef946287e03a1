import { KIND } from '../../../crds/mysqlcluster.ts'
import { type ClusterRef, selectorLabels } from '../../../src/domain/names.ts'
import { configuration } from '../../../src/domain/objects/configuration.ts'
import { appSecret, systemSecret, tlsSecret } from '../../../src/domain/objects/secrets.ts'
import { services } from '../../../src/domain/objects/services.ts'
import { statefulSet } from '../../../src/domain/objects/statefulset.ts'
import { podView } from '../../../src/kubernetes/views.ts'
import { type Declared, manifest, PLAIN, spec } from '../../support/clusters.ts'
import type { Bench } from './bench.ts'
import type { Written } from './world.ts'

const PAIR = { certificate: 'crt', privateKey: 'key' }
const CERTIFICATES = { authority: PAIR, server: PAIR }
export const NAME = 'shop'
export const at = (name: string) => ({ namespace: 'default', name })

/** Makes a MySQLCluster with all its objects, as the operator would, and answers with its identity. */
export const makeCluster = ({ world }: Bench, over: Declared = {}): ClusterRef => {
  const { objects } = world
  objects.create(manifest({ ...PLAIN, ...over }, NAME))
  const uid = objects.get(KIND, at(NAME))?.metadata.uid ?? ''
  const ref = { ...at(NAME), uid }
  applyObjects({ world } as Bench, ref, over)
  return ref
}

/** Applies the objects of a cluster, as the operator does. */
export const applyObjects = ({ world: { objects } }: Bench, ref: ClusterRef, over: Declared = {}): void => {
  const input = { ref, spec: spec(over), domain: 'cluster.local' }
  const secrets = [
    systemSecret(input, () => 'secret'),
    appSecret(input, () => 'secret'),
    tlsSecret(input, CERTIFICATES),
  ]
  // Nobody here would let go of them.
  for (const secret of secrets)
    objects.create({ ...secret, metadata: { ...secret.metadata, finalizers: [] } } as Written)
  for (const object of [...services(input), configuration(input), statefulSet(input)])
    objects.apply(object as Written, 'us')
}

export const podsOf = ({ world }: Bench) => world.objects.list('Pod', 'default', selectorLabels(NAME))
export const viewsOf = (bench: Bench) => podsOf(bench).map(podView)

export const pod = ({ world }: Bench, ordinal: number) => {
  const found = world.objects.get('Pod', at(`${NAME}-${ordinal}`))
  if (!found) throw new Error(`there is no pod ${ordinal}`)
  return found
}

/** What the API server shows of the state of a pod, as text. */
export const shown = (bench: Bench, ordinal: number): string =>
  JSON.stringify(bench.world.objects.get('Pod', at(`${NAME}-${ordinal}`))?.status ?? {})

/** Until that many pods are Ready, and none is on its way out. */
export const untilReady = (bench: Bench, count: number): Promise<void> =>
  bench.until(`${count} pods to be ready`, () => {
    const views = viewsOf(bench)
    return views.length === count && views.every(({ ready, deleting }) => ready && !deleting)
  })
