import { OperatorError } from '../../../src/domain/errors.ts'
import { createKubernetes } from '../../../src/kubernetes/api.ts'
import type { Send } from '../../../src/kubernetes/client.ts'
import type { Kubernetes } from '../../../src/kubernetes/port.ts'
import type { Network, Process } from '../world/network.ts'
import { type ApiServer, describe, type Meant, type Response, understand } from './api-server.ts'
import { part } from './json.ts'
import { StatusError } from './status-error.ts'
import type { Refusal } from './world.ts'

const MESSAGES: Readonly<Record<Refusal, string>> = {
  '403': 'is forbidden: User cannot do this now',
  '409': 'the object has been modified; please apply your changes to the latest version and try again',
  '410': 'The resourceVersion for the provided watch is too old.',
  '429': 'the server has received too many requests and has asked us to try again later',
  '500': 'etcdserver: request timed out',
}

/** Only a compare-and-set can be answered with a conflict; to anything else it would be a server that lies. */
const possible = ({ verb }: Meant, code: string, body: unknown): Refusal => {
  const compares = ['APPLY', 'APPLY-STATUS', 'PATCH', 'REPLACE'].includes(verb)
  const isConflict = code === '409' && compares && part(body, 'metadata')['resourceVersion'] !== undefined
  if (code === '409' || code === '410') return isConflict ? '409' : '500'
  return code in MESSAGES ? (code as Refusal) : '500'
}

/** The operator's own client, over the simulated network to the simulated API server. */
export const createPort = (network: Network, server: ApiServer, caller: Process): Kubernetes => {
  const send: Send = async ({ signal: _, ...request }) => {
    const meant = understand(request)
    const what = describe(meant)
    const { status, text } = await network
      .call<Response>({
        caller,
        receiver: 'kubernetes',
        what,
        effect: () => server.serve(caller.name, meant, request),
        noAnswer: () => new OperatorError('KubernetesUnavailable', `${request.method} ${request.path}: no answer`),
        refuse: (code) => {
          const refusal = possible(meant, code, request.body)
          return new StatusError(Number(refusal), MESSAGES[refusal])
        },
      })
      .catch((error: unknown) => {
        if (error instanceof StatusError) return { status: error.status, text: error.body }
        throw error
      })
    // The parts of a response that the client reads.
    return { ok: status < 300, status, text: () => Promise.resolve(text) } as unknown as Awaited<ReturnType<Send>>
  }
  return createKubernetes(send)
}
