import {
  ActivityFailure,
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setHandler,
  uuid4,
} from '@temporalio/workflow'
import type { RequestKind } from '../crds/mysqloperation.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { describeRequest, type Request } from '../src/domain/request.ts'
import { asking } from './proxies.ts'
import type { ClusterState } from './state.ts'

/** What can be asked of a cluster by signal or update, and what its input is. */
const ASKED: Readonly<Record<RequestKind | 'backup', string>> = {
  switchover: 'Make another member the primary. Input: {"target": "<pod>"}, or {} for the best replica.',
  failover:
    'Make the cluster writable again where the operator cannot prove that nothing is lost. Input: {"target": "<pod>", "acceptLoss": true}, or {}.',
  rebuild: 'Replace the data of one member by a copy. Input: {"member": "<pod>"}.',
  backup: 'Make a backup. Input: {"store": "<name>"}, or {} for the first store.',
}
const KINDS = Object.keys(ASKED) as (keyof typeof ASKED)[]

/**
 * Takes requests. Each becomes a MySQLOperation, or a MySQLBackup, which the workflow then finds like any other. An update is judged at once
 * and refused with the reason; a signal that cannot be served becomes an object that says so. `onRequest`: there is one.
 */
export const takeRequests = (ref: ClusterRef, state: ClusterState, isAble: boolean, onRequest: () => void): void => {
  const requestOf = (kind: keyof typeof ASKED, input: unknown): Request => ({
    kind,
    input: input ?? {},
    name: `${ref.name}-${kind}-${uuid4().slice(0, 8)}`,
  })

  for (const kind of KINDS) {
    setHandler(
      defineSignal<[unknown]>(kind),
      (input) => {
        state.requests = [...(state.requests ?? []), requestOf(kind, input)]
        onRequest()
      },
      { description: ASKED[kind] },
    )
    setHandler(
      defineUpdate<{ operation: string }, [unknown]>(kind),
      async (input) => {
        if (!isAble)
          throw ApplicationFailure.nonRetryable('the workflow still runs by an older version: try again', 'Busy')
        const request = requestOf(kind, input)
        try {
          await asking.ask.executeWithOptions({ summary: describeRequest(request) }, [ref, request, 'OrRefuse'])
        } catch (error) {
          // The reason is what a person wants to read, not which activity said it.
          const cause = error instanceof ActivityFailure ? error.cause : undefined
          throw cause instanceof ApplicationFailure ? cause : error
        }
        onRequest()
        return { operation: request.name }
      },
      {
        description: `${ASKED[kind]} Answers with the name of the ${kind === 'backup' ? 'MySQLBackup' : 'MySQLOperation'}, or with the reason for a refusal.`,
      },
    )
  }
}

/** Makes an object of each request by signal. One that the API server does not take is dropped, and told of. */
export const serveRequests = async (ref: ClusterRef, state: ClusterState): Promise<void> => {
  for (let request = state.requests?.[0]; request; request = state.requests?.[0]) {
    const summary = describeRequest(request)
    try {
      await asking.ask.executeWithOptions({ summary }, [ref, request, 'OrFail'])
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error
      state.failure = { step: summary, message: error.cause?.message ?? error.message, at: Date.now() }
    }
    state.requests = state.requests?.slice(1) ?? []
  }
}
