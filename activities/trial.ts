import { sleep } from '../src/clock.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, MADE_ANNOTATION, objectNames } from '../src/domain/names.ts'
import { declaredParts, madeFrom } from '../src/domain/objects/statefulset.ts'
import { trial } from '../src/domain/objects/trial.ts'
import type { TrialView } from '../src/domain/snapshot.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import { podView, versionIn } from '../src/kubernetes/views.ts'
import { beating } from './beating.ts'
import { readCluster } from './cluster.ts'
import type { Ports } from './ports.ts'

const LOOK_MS = 250
/** Its grace period, and what a busy kubelet takes. */
const GONE_MS = 60_000

const keyOf = (ref: ClusterRef) => ({ namespace: ref.namespace, name: objectNames(ref.name).trial })

type Pod = Kinds['Pod']

/** By SIGKILL or SIGTERM: somebody or something else ended it. */
const ENDED_BY_OTHERS = [137, 143]

/** It was taken away before it could say anything: evicted, killed, or gone with its node. Want of memory is an answer. */
const isLost = (pod: Pod): boolean => {
  if (pod.status?.phase !== 'Failed') return false
  const { trouble } = podView(pod)
  return trouble?.kind !== 'Ended' || (ENDED_BY_OTHERS.includes(trouble.code) && trouble.reason !== 'OOMKilled')
}

const isOf = (pod: Pod, declared: string | undefined): boolean =>
  pod.metadata.annotations?.[MADE_ANNOTATION] === declared && !pod.metadata.deletionTimestamp && !isLost(pod)

const findTrial = async (kubernetes: Kubernetes, ref: ClusterRef) => {
  const pod = await kubernetes.get('Pod', keyOf(ref))
  const isOurs = pod?.metadata.ownerReferences?.some(({ uid }) => uid === ref.uid) ?? false
  return { pod, isOurs }
}

/** How the trial of what is declared with this digest (see madeFrom) goes; `None` while there is none of it. */
export const viewTrial = async (kubernetes: Kubernetes, ref: ClusterRef, declared: string): Promise<TrialView> => {
  const { pod, isOurs } = await findTrial(kubernetes, ref)
  if (!pod || !isOurs || !isOf(pod, declared)) return { kind: 'None' }
  if (pod.status?.phase !== 'Succeeded') return { kind: 'UnderWay', pod: podView(pod) }
  const version = versionIn(pod)
  return { kind: 'Passed', made: declared, ...(version ? { version } : {}) }
}

/** Removes the pod of a trial, and waits until its name is free. */
const remove = async ({ kubernetes, clock }: Ports, ref: ClusterRef, uid: string): Promise<void> => {
  const end = clock.now() + GONE_MS
  await kubernetes.delete('Pod', keyOf(ref), uid)
  while ((await kubernetes.get('Pod', keyOf(ref)))?.metadata.uid === uid) {
    if (clock.now() > end) throw new OperatorError('Conflict', `Pod ${keyOf(ref).name} does not end`)
    await sleep(clock, LOOK_MS)
  }
}

/**
 * Begins the trial of what is declared now, unless it was begun; that of an older declaration is removed. Resolves when the
 * pod is there: what becomes of it is found by `gather`. Throws GateClosed when its name belongs to somebody else's pod.
 */
export const tryDeclared = async (ports: Ports, ref: ClusterRef): Promise<void> => {
  const { kubernetes, domain } = ports
  const cluster = await readCluster(kubernetes, ref)
  if (!cluster || cluster.metadata.deletionTimestamp) return
  const { spec } = cluster
  const { pod, isOurs } = await findTrial(kubernetes, ref)
  if (pod && !isOurs) throw new OperatorError('GateClosed', `Pod ${pod.metadata.name} belongs to somebody else`)
  if (pod && isOf(pod, madeFrom(declaredParts(spec)))) return
  if (pod) await beating(ports, 'the trial before ends', () => remove(ports, ref, pod.metadata.uid))
  await kubernetes.create(trial({ ref, spec, domain }))
}

/** Removes the trial, if there is one. */
export const endTrial = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<void> => {
  const { pod, isOurs } = await findTrial(kubernetes, ref)
  if (pod && isOurs && !pod.metadata.deletionTimestamp) await kubernetes.delete('Pod', keyOf(ref), pod.metadata.uid)
}
