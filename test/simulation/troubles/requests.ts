import { API_VERSION } from '../../../crds/group.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { workflowId } from '../../../src/domain/names.ts'
import { CLUSTER, NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Make } from './make.ts'

/** The best member, one of the members, or a pod that there is not. */
const drawTarget = ({ random, user }: SimWorld): { readonly target?: string } =>
  random.chance(0.3) ? {} : { target: NAMES.pod(random.between(0, user.wish.size)) }

/** Asks for a switchover by a MySQLOperation. */
export const askSwitchover = (world: SimWorld, switchover: { readonly target?: string }): void => {
  const { random, kubernetes, story } = world
  // The order of names is not that of age: of two that are as old, the later one may come first.
  const metadata = { namespace: NAMESPACE, name: `wish-${random.between(1_000, 9_999)}` }
  const spec = {
    clusterName: CLUSTER,
    switchover,
    ttlSecondsAfterFinished: random.pick([0, 60, 86_400]),
  }
  if (kubernetes.objects.get(OPERATION_KIND, metadata)) return
  story.tell('person', `applies MySQLOperation ${metadata.name}: ${JSON.stringify(spec)}`)
  const operation = { apiVersion: API_VERSION, kind: OPERATION_KIND, metadata, spec }
  kubernetes.objects.apply(operation, 'person')
}

const byObject: Make = (world) => askSwitchover(world, drawTarget(world))

const bySignal = (world: SimWorld): void => {
  const { temporal, user, story } = world
  const ref = user.ref()
  const input = drawTarget(world)
  if (ref && temporal.signal(workflowId(ref), 'switchover', input))
    story.tell('person', `asks for a switchover by signal: ${JSON.stringify(input)}`)
}

const isDeclared = ({ user }: SimWorld): boolean => user.wish.there && user.cluster() !== undefined

/** What the person asks of the cluster. */
export const REQUESTS = {
  Switchover: (world) => {
    if (isDeclared(world)) world.random.pick([byObject, bySignal])(world)
  },
  Switchovers: (world) => {
    for (let left = world.random.between(2, 4); left > 0; left -= 1)
      world.time.after(world.random.between(0, 1_500), () => {
        if (!world.calm && isDeclared(world)) world.random.pick([byObject, byObject, bySignal])(world)
      })
  },
} as const satisfies Readonly<Record<string, Make>>
