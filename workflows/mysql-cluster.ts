import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { describeReport, describeStep, label, renderDetails, renderGone } from '../src/domain/details.ts'
import { type Diagnosis, diagnose } from '../src/domain/diagnose.ts'
import { digest } from '../src/domain/digest.ts'
import { ERRORS } from '../src/domain/errors.ts'
import { sizeOfVolumes } from '../src/domain/growth.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { awaitingOf } from '../src/domain/operations.ts'
import { plan, type Step } from '../src/domain/plan.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import type { Report } from '../src/domain/status.ts'
import { begin, beginBackup, choose, hearEnd, TRUST_MS } from './children.ts'
import { getState, lookAgain, type News, procedureEnded } from './messages.ts'
import { ending, patient, recorder, steps } from './proxies.ts'
import { serveRequests, takeRequests } from './requests.ts'
import { type ClusterState, type ClusterWorkflowInput, initialState, type Refusal } from './state.ts'

/** Steps that write to the object that is published to, by compare-and-set. */
const WRITES_STATUS: readonly Step['kind'][] = ['Bootstrap', 'RecordGroup', 'Note']
/** A Job that only removes folders takes seconds; of its end nobody tells. */
const EXPIRY_LOOK_MS = 10_000
const COMPARE_MS = 10 * 60_000
const REFUSED_MS = 30_000
const FAILURE_WAIT_MS = 2_000
const FAILURE_WAIT_MAX_MS = 60_000

/** 10 to 30 minutes, by the uid: clusters that were made together must not all wake up together. */
const restMs = (ref: ClusterRef): number => (10 + (Number.parseInt(digest(ref.uid), 16) % 20)) * 60_000

/** The snapshot with what stands in the way of the declaration, where the objects themselves do not show it. */
const refuse = (snapshot: Snapshot, refusal: Refusal | null): Snapshot => {
  const { objects } = snapshot
  if (refusal === null || objects.kind === 'Refused') return snapshot
  const replicas = 'replicas' in objects ? objects.replicas : 0
  return { ...snapshot, objects: { kind: 'Refused', replicas, ...refusal } }
}

const reportOf = (snapshot: Snapshot, diagnosis: Diagnosis): Report => {
  const { phase, ready, healthy, reason, message, members, primary } = diagnosis
  const { workflowId: id, runId } = workflowInfo()
  const volumes = sizeOfVolumes(snapshot)
  return {
    ...{ phase, ready, healthy, reason, message, members },
    ...(primary ? { primary } : {}),
    ...awaitingOf(snapshot),
    ...(volumes ? { volumes } : {}),
    generation: snapshot.generation,
    paused: snapshot.paused,
    workflow: { id, runId },
  }
}

/** Publishes a report that differs from the last one. */
const publish = async (ref: ClusterRef, state: ClusterState, report: Report): Promise<void> => {
  const key = digest(report)
  if (key === state.published) return
  await patient.publish.executeWithOptions({ summary: describeReport(report) }, [ref, report])
  state.published = key
}

const take = async (ref: ClusterRef, state: ClusterState, step: Step, snapshot: Snapshot): Promise<void> => {
  const options = { summary: describeStep(step) }
  switch (step.kind) {
    case 'Bootstrap':
      await steps.bootstrap.executeWithOptions(options, [ref, step.seed])
      return
    case 'RecordGroup':
      await steps.recordGroup.executeWithOptions(options, [ref, step.seed])
      return
    case 'Join':
      await steps.join.executeWithOptions(options, [ref, step.pod])
      return
    case 'Finalise':
      await CancellationScope.nonCancellable(() => ending.finalise.executeWithOptions(options, [ref]))
      return
    case 'Try':
      await steps.tryDeclared.executeWithOptions(options, [ref])
      return
    case 'Run':
      await begin(ref, state, step.procedure)
      return
    case 'BackUp':
      await beginBackup(ref, state, step.backup, snapshot)
      return
    case 'Note':
      await recorder.noteMoves.executeWithOptions(options, [ref])
      return
    case 'Forget':
      await recorder.forgetOperations.executeWithOptions(options, [ref, step.operations])
      return
    case 'Expire':
      await steps.expireKept.executeWithOptions(options, [ref, step.pod])
      return
    case 'Tell': {
      const { operation, phase, message, loss } = step
      await recorder.tellOperation.executeWithOptions(
        options,
        loss ? [ref, operation, phase, message, loss] : [ref, operation, phase, message],
      )
      return
    }
    case 'ApplyObjects':
    case 'Wait':
    case 'Rest':
      return
  }
}

const applyDeclared = async (ref: ClusterRef, state: ClusterState, snapshot: Snapshot): Promise<void> => {
  // Before the act: a signal that comes while it runs must set it again.
  state.objectsDue = false
  const summary = `make the objects as declared (generation ${snapshot.generation})`
  try {
    const applied = await steps.applyObjects.executeWithOptions({ summary }, [ref])
    state.refusal = applied.kind === 'Foreign' ? { reason: 'ErrResourceExists', message: applied.message } : null
    state.objectsDue ||= applied.kind === 'Foreign'
    state.appliedGeneration = snapshot.generation
    state.appliedAt = Date.now()
  } catch (error) {
    state.objectsDue = true
    state.refusal = refusalOf(error)
    if (state.refusal === null) throw error
    noteFailure(state, summary, error)
  }
}

/** What a person must see and can mend, when the API server would not take an object; null for what passes by itself. */
const refusalOf = (error: unknown): Refusal | null => {
  const cause = error instanceof ActivityFailure ? error.cause : undefined
  const code = cause instanceof ApplicationFailure ? cause.type : undefined
  if (code !== 'KubernetesRefused' && code !== 'Forbidden') return null
  return { reason: code, message: `${cause?.message}. ${ERRORS[code].remedy}` }
}

const isApplyDue = (state: ClusterState, snapshot: Snapshot): boolean =>
  !snapshot.deleting &&
  !snapshot.paused &&
  (state.objectsDue ||
    snapshot.objects.kind === 'Absent' ||
    snapshot.pods.some((pod) => pod.unlabelled) ||
    state.appliedGeneration !== snapshot.generation ||
    Date.now() - state.appliedAt > COMPARE_MS)

/** Notes a failed step, for people and for the growing wait; what is not a failure of an activity is thrown on. */
const noteFailure = (state: ClusterState, step: string, error: unknown): void => {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
  state.failure = { step, message: error.cause?.message ?? error.message, at: Date.now() }
  state.failures += 1
}

/** Looks once and takes one step. Resolves with how long to wait for news, or with 'over' when the cluster is gone. */
const pass = async (
  ref: ClusterRef,
  state: ClusterState,
  isAble: boolean,
): Promise<{ ms: number; why: string } | 'over'> => {
  const ended = state.procedures?.ended
  let snapshot = await patient.gather.executeWithOptions({ summary: 'look at the cluster' }, [ref])
  if (snapshot === null) return 'over'
  let doing = 'make the objects as declared'
  try {
    if (isApplyDue(state, snapshot)) {
      await applyDeclared(ref, state, snapshot)
      snapshot = await patient.gather.executeWithOptions({ summary: 'look at what was made' }, [ref])
      if (snapshot === null) return 'over'
    }
    const judged = refuse(snapshot, state.refusal)
    const diagnosis = diagnose(judged, ref.name)
    // What was seen is older than the news that a procedure has ended: it would be begun once more.
    if (state.procedures?.ended !== ended) return { ms: 0, why: '' }
    const step = isAble ? choose(ref, state, judged, diagnosis) : plan(judged, diagnosis)
    state.phase = diagnosis.phase
    state.message = diagnosis.message
    doing = describeStep(step)
    setCurrentDetails(renderDetails(ref, diagnosis, step, state.failure?.message, awaitingOf(judged).awaiting))
    const published = publish(ref, state, reportOf(judged, diagnosis))
    if (WRITES_STATUS.includes(step.kind)) await published
    await Promise.all([published, take(ref, state, step, judged)])
    if (state.refusal === null) {
      state.failure = null
      state.failures = 0
    }
    // What a person has to mend is often mended without a word to us.
    const longest = state.refusal === null ? restMs(ref) : REFUSED_MS
    // The procedure tells when it has ended.
    if (step.kind === 'Run') return { ms: TRUST_MS, why: doing }
    if (step.kind === 'Expire') return { ms: EXPIRY_LOOK_MS, why: doing }
    if (step.kind === 'Wait') return { ms: Math.min(step.again ?? longest, longest), why: doing }
    if (step.kind === 'Rest') return { ms: longest, why: `${diagnosis.phase}: ${diagnosis.message}` }
    return { ms: 0, why: '' }
  } catch (error) {
    noteFailure(state, doing, error)
    const ms = Math.min(FAILURE_WAIT_MAX_MS, FAILURE_WAIT_MS * 2 ** (state.failures - 1))
    return { ms, why: `after a failure (${state.failure?.message}) to: ${doing}` }
  }
}

/**
 * The life of one MySQLCluster: it runs as long as the object exists, and completes once that is gone.
 * Signals only say that there is something to see. What is done follows from what is found (gather, diagnose, plan),
 * so that lost, doubled and reordered signals do no harm.
 */
export async function mysqlCluster(input: ClusterWorkflowInput): Promise<void> {
  const { state = initialState(), ...ref } = input
  const isAble = patched('procedures')
  let news = true
  let outgrown = false
  setHandler(getState, () => state, { description: 'What the workflow knows: phase, message, last failure.' })
  setHandler(
    lookAgain,
    (message?: News) => {
      news = true
      if (message?.objects) state.objectsDue = true
      if (message?.operations && !isAble) outgrown = true
    },
    { description: 'Look at the cluster now. Input: {"why": "…", "objects": true to compare the objects too}.' },
  )
  setHandler(
    procedureEnded,
    (id, outcome) => {
      news = true
      hearEnd(state, id, outcome)
    },
    { description: 'For procedures of this cluster only: the one with this workflow id has ended.' },
  )
  takeRequests(ref, state, isAble, () => {
    news = true
    if (!isAble) outgrown = true
  })
  const full = (): boolean => workflowInfo().continueAsNewSuggested || outgrown

  for (;;) {
    news = false
    if (isAble) await serveRequests(ref, state)
    const next = await pass(ref, state, isAble)
    if (next === 'over') return setCurrentDetails(renderGone(ref))
    if (full()) {
      await condition(allHandlersFinished)
      await continueAsNew<typeof mysqlCluster>({ ...ref, state })
    }
    if (next.ms > 0) await condition(() => news || full(), next.ms, { summary: label(next.why) })
  }
}
