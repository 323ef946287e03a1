import { type Result, readResult } from '../src/agent/result.ts'
import { sleep } from '../src/clock.ts'
import { type ErrorCode, OperatorError } from '../src/domain/errors.ts'
import { codeIn } from '../src/domain/job-words.ts'
import { lastWords } from '../src/domain/last-words.ts'
import type { AgentImage } from '../src/domain/objects/job-pod.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../src/kubernetes/port.ts'
import { podView } from '../src/kubernetes/views.ts'
import { beating } from './beating.ts'
import type { Ports } from './ports.ts'

const LOOK_MS = 2_000
/** How long a pod may take to begin: an image to be pulled, a volume to be made, room to become free. */
const BEGIN_MS = 15 * 60_000

/** The label by which Kubernetes itself tells the pods of a Job. */
export const JOB_LABEL = 'batch.kubernetes.io/job-name'

/** The image of the operator: that of the pod of this process. */
export const ownImage = async ({ kubernetes, operatorNamespace, instance }: Ports): Promise<AgentImage> => {
  const pod = await kubernetes.get('Pod', { namespace: operatorNamespace, name: instance })
  const { image, imagePullPolicy } = pod?.spec?.containers[0] ?? {}
  if (!image)
    throw new OperatorError('AgentFailed', `the image of the agent is not known: there is no pod ${instance} here`)
  return { image, ...(imagePullPolicy ? { pullPolicy: imagePullPolicy } : {}) }
}

type Pod = Kinds['Pod']

const terminated = (pod: Pod, container: string) =>
  [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    ({ name }) => name === container,
  )?.state?.terminated

/** How a container ended, as it says itself or, where it could not, as kubelet says. Undefined when it did not end, or ended well. */
const failureOf = (pod: Pod, container: string): Result | undefined => {
  const end = terminated(pod, container)
  if (!end || end.exitCode === 0) return undefined
  const said = readResult(end.message)
  if (said?.kind === 'Failed') return said
  const words = end.reason === 'OOMKilled' ? 'it needed more memory than it may use' : lastWords(end.message ?? '')
  const code = container === 'mysql' ? codeIn(end.message ?? '') : 'AgentFailed'
  return { kind: 'Failed', code, detail: `container ${container}: ${words || `code ${end.exitCode}`}` }
}

/** How the pod of a Job ended: undefined while it has not. */
const resultOf = (pod: Pod): Result | undefined => {
  const failure = failureOf(pod, 'unpack') ?? failureOf(pod, 'mysql') ?? failureOf(pod, 'agent')
  if (failure) return failure
  if (pod.status?.phase === 'Failed') {
    const { reason = 'Failed', message = '' } = pod.status
    return { kind: 'Failed', code: 'AgentFailed', detail: `its pod is lost: ${reason} ${message}`.trim() }
  }
  return pod.status?.phase === 'Succeeded' ? readResult(terminated(pod, 'agent')?.message) : undefined
}

const stepOf = (pod: Pod, steps: Readonly<Record<string, string>>): string => {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const running = all.find(({ state }) => state?.running)
  if (running) return steps[running.name] ?? running.name
  const { trouble } = podView(pod)
  if (trouble?.kind === 'Waiting') return `waits: ${trouble.reason} ${trouble.message}`
  return trouble?.kind === 'Unscheduled' ? `waits for a node: ${trouble.message}` : 'begins'
}

/**
 * Watches a Job until its pod has ended, and tells all the while what it does, in the words of `steps` (by container). What it
 * relies on is asked by `goOn`: a reason to give up, or nothing. Throws nothing that the Job is at fault for.
 */
export const watchJob = (
  ports: Ports,
  key: ObjectKey,
  steps: Readonly<Record<string, string>>,
  goOn: (doing: string) => Promise<string | undefined>,
): Promise<Result> => {
  const { kubernetes, clock } = ports
  const failed = (detail: string): Result => ({ kind: 'Failed', code: 'AgentFailed', detail })
  let doing = 'begins'
  return beating(
    ports,
    () => doing,
    async () => {
      for (const began = clock.now(); ; await sleep(clock, LOOK_MS)) {
        const why = await goOn(doing)
        if (why) return failed(why)
        const [job, [pod]] = await Promise.all([
          kubernetes.get('Job', key),
          kubernetes.list('Pod', key.namespace, { [JOB_LABEL]: key.name }),
        ])
        const result = pod && resultOf(pod)
        if (result) return result
        if (!job) return failed(`Job ${key.name} was deleted`)
        const isOver = job.status?.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True')
        if (isOver && !pod) return failed(`the pod of Job ${key.name} was deleted`)
        doing = pod ? stepOf(pod, steps) : 'begins'
        ports.heartbeat(doing)
        if (pod?.status?.phase !== 'Running' && clock.now() - began > BEGIN_MS && !hasBegun(pod))
          return failed(`its pod did not begin in ${BEGIN_MS / 60_000} minutes: ${doing}`)
      }
    },
  )
}

/** Why a Job did not leave what it should. */
export const failureIn = (result: Result): { readonly code: ErrorCode; readonly detail: string } =>
  result.kind === 'Failed' ? result : { code: 'AgentFailed', detail: 'its Job left no word of what it did' }

const hasBegun = (pod: Pod | undefined): boolean =>
  pod?.status?.initContainerStatuses?.some(({ state }) => state?.running ?? state?.terminated) ?? false
