import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow'
import type { VerificationOutcome } from '../activities/verify.ts'
import { type BackupRef, VERIFY_TRIES } from '../src/domain/backup.ts'
import { ERRORS, type ErrorCode } from '../src/domain/errors.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { making, recorder, watching } from './proxies.ts'

const failed = (code: ErrorCode, message: string): VerificationOutcome => ({
  kind: 'Failed',
  ...{ code, message, again: false },
})

const outcomeOf = (error: unknown): VerificationOutcome => {
  if (isCancellation(error)) return failed('AgentFailed', 'cancelled by a person')
  if (!(error instanceof ActivityFailure)) throw error
  const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined
  const code = cause?.type && cause.type in ERRORS ? (cause.type as ErrorCode) : 'AgentFailed'
  return failed(code, cause?.message ?? error.message)
}

/** Restores a backup that is made to a server of its own, and has what that holds compared. The result is on the MySQLBackup. */
export const verify = async (ref: ClusterRef, backup: BackupRef, say: (doing: string) => void): Promise<void> => {
  const look = async (): Promise<VerificationOutcome | undefined> => {
    for (let number = 1; ; number += 1) {
      const attempt = { backup, number }
      const doing = `restore it to a server of its own and compare, try ${number}`
      say(doing)
      const begun = await making.beginVerification.executeWithOptions({ summary: `make the Job: ${doing}` }, [
        ref,
        attempt,
      ])
      if (begun.kind === 'Over') return number === 1 ? undefined : failed('AgentFailed', begun.why)
      const outcome = await watching.watchVerification.executeWithOptions({ summary: doing }, [ref, attempt])
      if (outcome.kind === 'Verified' || !outcome.again || number === VERIFY_TRIES) return outcome
      await making.removeVerifyJob.executeWithOptions({ summary: 'remove the Job that failed' }, [ref, attempt])
    }
  }
  let outcome: VerificationOutcome | undefined
  try {
    outcome = await look()
  } catch (error) {
    outcome = outcomeOf(error)
  }
  if (!outcome) return
  const found = outcome
  await CancellationScope.nonCancellable(() =>
    recorder.endVerification.executeWithOptions({ summary: `note what was found: ${found.kind}` }, [
      ref,
      backup,
      found,
    ]),
  )
}
