import { workflowId } from '../../../src/domain/names.ts'
import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { type Make, onPod } from './make.ts'

const unreachable = (world: SimWorld, receiver: string): void => {
  world.calls.unreachable.add(receiver)
  world.lasting(world.random.between(2, 90) * SECOND, () => world.calls.unreachable.delete(receiver))
}

/** What befalls nodes, the API server, Temporal, and the processes of the operator. */
export const PLATFORM = {
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
  NodeFails: onPod((world, key) => {
    const node = world.kubernetes.faults.failNodeOf(key)
    if (node) world.lasting(world.random.between(5, 120) * SECOND, () => world.kubernetes.faults.repairNode(node))
  }),
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
  OperatorDies: ({ staff }) => {
    for (const leader of staff.leaders()) staff.kill(leader, 'killed')
  },
  OperatorPauses: ({ staff, random }) => staff.pauseLeader(random.between(2, 40) * SECOND),
  AllProcessesDie: ({ staff, random }) => {
    const awayMs = random.between(1, 60) * SECOND
    for (const process of [...staff.workers(), ...staff.leaders()]) staff.kill(process, 'killed', awayMs)
  },
} as const satisfies Readonly<Record<string, Make>>
