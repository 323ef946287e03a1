import { ActivityFailure, ApplicationFailure, sleep } from '@temporalio/workflow'
import type { DiscardOutcome } from '../activities/discard.ts'
import { ERRORS, type ErrorCode } from '../src/domain/errors.ts'
import type { ObjectRef } from '../src/domain/names.ts'
import { making, recorder, watching } from './proxies.ts'

const LATER_MS = 5_000
const PAUSE_MS = 15_000
const PAUSE_MAX_MS = 5 * 60_000

const outcomeOf = (error: unknown): DiscardOutcome => {
  if (!(error instanceof ActivityFailure)) throw error
  const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined
  const code = cause?.type && cause.type in ERRORS ? (cause.type as ErrorCode) : 'AgentFailed'
  return { kind: 'Failed', code, detail: cause?.message ?? error.message }
}

const attempt = async (backup: ObjectRef): Promise<DiscardOutcome> => {
  try {
    const summary = 'make the Job that removes from the store what is to be removed'
    const begun = await making.beginDiscard.executeWithOptions({ summary }, [backup])
    if (begun.kind !== 'Begun') return begun
    return await watching.watchDiscard.executeWithOptions({ summary: 'remove it from the store' }, [backup])
  } catch (error) {
    return outcomeOf(error)
  }
}

/** Removes from the store what is to be removed of a backup. It ends whatever the store does: what cannot be removed is told of. */
export const discard = async (backup: ObjectRef): Promise<void> => {
  for (let number = 1, pause = PAUSE_MS; ; ) {
    const outcome = await attempt(backup)
    if (outcome.kind === 'Over') return
    if (outcome.kind === 'Later') {
      await sleep(LATER_MS, { summary: outcome.why })
      continue
    }
    const summary = `note how it ended: ${outcome.kind}`
    const { again } = await recorder.endDiscard.executeWithOptions({ summary }, [backup, number, outcome])
    if (!again) return
    number += 1
    await sleep(pause, { summary: 'before trying again' })
    pause = Math.min(PAUSE_MAX_MS, pause * 2)
  }
}

/** Looks after a MySQLBackup that was deleted: it goes once its objects are dealt with. */
export const discardBackup = (backup: ObjectRef): Promise<void> => discard(backup)
