import type { OperatorClient } from '../../../src/temporal/client.ts'
import type { Network, Process } from '../world/network.ts'
import type { TemporalServer } from './server.ts'

/** The server as one process of the operator reaches it, over the network of the world. */
export const createClient = (server: TemporalServer, network: Network, caller: Process): OperatorClient => ({
  signalWithStart: (workflowType, options) =>
    network.call({
      caller,
      receiver: 'temporal',
      what: `signalWithStart ${options.workflowId}`,
      effect: () => {
        const { workflowId, args, signal, signalArgs = [] } = options
        server.signalWithStart({ workflowType, workflowId, args, signal: String(signal), signalArgs })
      },
      noAnswer: () => new Error('Temporal does not answer'),
      refuse: (code) => new Error(`Temporal refuses: ${code}`),
    }),
  start: (workflowType, options) =>
    network.call({
      caller,
      receiver: 'temporal',
      what: `start ${options.workflowId}`,
      effect: () => server.start(workflowType, options.workflowId, options.args),
      noAnswer: () => new Error('Temporal does not answer'),
      refuse: (code) => new Error(`Temporal refuses: ${code}`),
    }),
  running: () =>
    network.call({
      caller,
      receiver: 'temporal',
      what: 'list the running workflows',
      effect: () => new Set(server.list()),
      noAnswer: () => new Error('Temporal does not answer'),
      refuse: (code) => new Error(`Temporal refuses: ${code}`),
    }),
})
