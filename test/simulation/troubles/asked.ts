import { parseOperation } from '../../../activities/operations.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { type MySQLOperation, OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { MINUTE, SECOND } from '../run/clock.ts'
import { attempt } from '../run/staff.ts'
import { CLUSTER, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { later, once } from './make.ts'

const KEY = { namespace: NAMESPACE, name: 'accident' } as const
/** Long enough for whoever does not wait for an answer. */
const THINKS_MS = 20 * SECOND

const operationOf = ({ kubernetes }: SimWorld): MySQLOperation | undefined => {
  const found = kubernetes.objects.get(OPERATION_KIND, KEY)
  return found && parseOperation(found)
}

const hasEnded = ({ status }: MySQLOperation): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** A person says yes or no to what they asked for. */
export const decide = (world: SimWorld, approved: boolean): void => {
  const operation = operationOf(world)
  if (!operation || hasEnded(operation)) return
  world.story.tell('person', `says ${approved ? 'yes' : 'no'} to ${KEY.name}`)
  attempt(() => world.kubernetes.objects.patch(OPERATION_KIND, KEY, { spec: { approved } }, 'person'))
}

/** A person who wants it no more says no or, where they have said yes, takes it away. */
const withdraw = (world: SimWorld): void => {
  const operation = operationOf(world)
  if (!operation || hasEnded(operation)) return
  if (operation.spec.approved === undefined) decide(world, false)
  else {
    world.story.tell('person', `deletes ${KEY.name}`)
    attempt(() => world.kubernetes.objects.delete(OPERATION_KIND, KEY, { by: 'person' }))
  }
}

/**
 * A person asks for something that they have to approve. When that is shown, and a while is over, comes `then`, if there is such;
 * then, at the latest at the end of the troubles, they want it no more.
 */
export const askAndRefuse = (world: SimWorld, spec: Readonly<Record<string, unknown>>, then?: () => void): void => {
  const { kubernetes, story } = world
  if (!world.user.wish.there || world.calm) return
  story.tell('person', `applies MySQLOperation ${KEY.name}: ${JSON.stringify(spec)}`)
  const object = { apiVersion: API_VERSION, kind: OPERATION_KIND, metadata: KEY }
  attempt(() => kubernetes.objects.create({ ...object, ...{ spec: { clusterName: CLUSTER, ...spec } } }, 'person'))
  const isShown = (): boolean => operationOf(world)?.status?.phase === 'AwaitingApproval'
  once(world, isShown, () => {
    later(world, THINKS_MS, () => then?.())
    later(world, THINKS_MS * 2, () => withdraw(world))
  })
  world.lasting(60 * MINUTE, () => withdraw(world))
}
