import { backupUnderWay, nextBackup } from './backup.ts'
import { hasFormed } from './bootstrap.ts'
import type { Diagnosis } from './diagnose.ts'
import { saysOnline } from './group.ts'
import { judgeGrowth } from './growth.ts'
import { judgeExpiry } from './kept.ts'
import { unnotedMoves } from './moves.ts'
import { podOfClaim } from './names.ts'
import { planRemoval, watchingNodes } from './node-trouble.ts'
import { planOperations } from './operations.ts'
import { plan, type Step } from './plan.ts'
import { describeProcedure } from './procedure.ts'
import { judgeQuorum } from './quorum.ts'
import { planRebuild } from './rebuild-need.ts'
import { judgeRoll, outdatedPods } from './roll.ts'
import { judgeScale } from './scale.ts'
import type { Snapshot } from './snapshot.ts'

/** While a procedure is under way its workflow tells of its end; this is only for one that somebody terminated. */
const PROCEDURE_AGAIN_MS = 60_000
const GROWS_MS = 10_000
const REFUSED_MS = 30_000
const SILENT_MS = 10_000

/** A step of the ground plan that is a procedure of its own once the cluster has lived. */
const asProcedure = (snapshot: Snapshot, step: Step, isLost: boolean): Step => {
  const formed = snapshot.status?.phase !== undefined && snapshot.status.phase !== 'Creating'
  if (step.kind === 'Join' && formed) {
    const why = `it is outside, and lacks ${step.missing} transactions that the group still has`
    return { kind: 'Run', procedure: { kind: 'rejoin', subject: step.pod, why } }
  }
  if (step.kind === 'Bootstrap' && hasFormed(snapshot)) {
    const why = `all members were down; ${step.why}`
    return { kind: 'Run', procedure: { kind: 'recoverOutage', subject: step.seed, why } }
  }
  const quorum = isLost ? judgeQuorum(snapshot) : undefined
  if (quorum?.kind === 'Allowed')
    return { kind: 'Run', procedure: { kind: 'restoreQuorum', subject: quorum.seed, why: quorum.why } }
  return step
}

/** A member that serves is left alone while a backup is made: that would have to begin again, or copy what is changed meanwhile. */
const waitsForBackup = (snapshot: Snapshot, { members }: Diagnosis, pod: string): boolean =>
  backupUnderWay(snapshot) !== undefined && members.some(({ name, state }) => name === pod && state === 'ONLINE')

/** The procedure that renews the next member that is not as declared. */
const planRoll = (snapshot: Snapshot, diagnosis: Diagnosis): Step | undefined => {
  if (snapshot.paused) return undefined
  const verdict = judgeRoll(snapshot, diagnosis)
  if (verdict.kind === 'None' || verdict.kind === 'Wait') return undefined
  if (verdict.kind === 'Try') return verdict
  if (waitsForBackup(snapshot, diagnosis, verdict.pod)) return undefined
  const { pending } = snapshot
  const why = pending ? `${pending.join(', ')} changed` : 'it was made from an older declaration'
  return { kind: 'Run', procedure: { kind: 'renewMember', subject: verdict.pod, why } }
}

/** The procedure that makes the volumes as large as declared. Nothing has to be well for it, and it disturbs nothing. */
const planGrowth = (snapshot: Snapshot): Step | undefined => {
  const verdict = snapshot.paused ? undefined : judgeGrowth(snapshot)
  if (verdict?.kind !== 'Ask' && verdict?.kind !== 'TakeOver') return undefined
  const subject = podOfClaim(verdict.claims[0] ?? '')
  const why = `spec.storage.size is ${verdict.size}, and was ${snapshot.volumes?.made}`
  return { kind: 'Run', procedure: { kind: 'growVolumes', subject, why } }
}

/** Nobody tells that a volume has grown, nor that a StorageClass or a quota was mended: then it is looked at again. */
const watchingVolumes = (snapshot: Snapshot, step: Step): Step => {
  const verdict = step.kind === 'Rest' && !snapshot.paused ? judgeGrowth(snapshot) : undefined
  if (verdict?.kind !== 'Wait' && verdict?.kind !== 'Refused') return step
  return { kind: 'Wait', why: verdict.why, again: verdict.kind === 'Wait' ? GROWS_MS : REFUSED_MS }
}

/** A change waits for members that do not answer the operator, and of that nobody may tell: it looks again. */
const watchingSilence = (snapshot: Snapshot, { members }: Diagnosis, step: Step): Step => {
  const { pending, wanted = snapshot.size, size } = snapshot
  const isChanged = pending !== undefined || outdatedPods(snapshot).length > 0 || wanted !== size
  if (step.kind !== 'Rest' || snapshot.paused || !isChanged) return step
  const silent = members.filter(({ name, state }) => state === 'ONLINE' && !saysOnline(snapshot.members, name))
  if (silent.length === 0) return step
  return { kind: 'Wait', why: `${silent.map(({ name }) => name).join(', ')} must answer before`, again: SILENT_MS }
}

/** The procedure that brings a cluster one member closer to its declared size. A member is added only when nothing else is to be done. */
const planScale = (snapshot: Snapshot, diagnosis: Diagnosis, ground: Step): Step | undefined => {
  if (snapshot.paused) return undefined
  const verdict = judgeScale(snapshot, diagnosis)
  const why = `spec.size is ${snapshot.wanted}, and there are ${snapshot.size} members`
  switch (verdict.kind) {
    case 'None':
    case 'Wait':
      return undefined
    case 'Grow':
      return ground.kind === 'Rest' && !backupUnderWay(snapshot)
        ? { kind: 'Run', procedure: { kind: 'scaleOut', subject: verdict.pod, why } }
        : undefined
    default:
      return waitsForBackup(snapshot, diagnosis, verdict.pod)
        ? undefined
        : { kind: 'Run', procedure: { kind: 'scaleIn', subject: verdict.pod, why } }
  }
}

/**
 * Decides the next step, procedures and what people ask for included. One procedure at a time: while one is on record,
 * nothing else is begun. Before a cluster has formed, and while it goes, the plan alone decides.
 */
export const chooseStep = (snapshot: Snapshot, diagnosis: Diagnosis): Step => {
  const ground = plan(snapshot, diagnosis)
  if (['Deleting', 'Refused', 'Absent'].includes(diagnosis.state.kind)) return ground
  const [move] = unnotedMoves(snapshot.moves, snapshot.status)
  if (move) return { kind: 'Note', move }
  const running = snapshot.status?.procedure
  if (running) return { kind: 'Wait', why: `${describeProcedure(running)}: under way`, again: PROCEDURE_AGAIN_MS }
  const { state } = diagnosis
  const asked =
    planOperations(snapshot, diagnosis) ??
    planRemoval(snapshot, state, ground) ??
    planGrowth(snapshot) ??
    planRoll(snapshot, diagnosis) ??
    planScale(snapshot, diagnosis, ground) ??
    planRebuild(snapshot, state, ground)
  if (asked) return asked
  const { expired = [] } = snapshot
  const isFree = ground.kind === 'Rest' || ground.kind === 'Wait'
  const backup = isFree ? nextBackup(snapshot, diagnosis.state) : undefined
  if (backup) return { kind: 'BackUp', backup }
  if (isFree && expired.length > 0) return { kind: 'Forget', operations: expired }
  const old = ground.kind === 'Rest' ? judgeExpiry(snapshot, state) : undefined
  if (old) return { kind: 'Expire', pod: old.pod, ids: old.ids }
  const step = asProcedure(snapshot, ground, state.kind === 'NoQuorum' && !snapshot.paused)
  return watchingSilence(snapshot, diagnosis, watchingVolumes(snapshot, watchingNodes(snapshot, state, step)))
}
