import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow'
import type { BackupOutcome, Ended } from '../activities/backup.ts'
import { BACKUP_TRIES, type BackupRef } from '../src/domain/backup.ts'
import { type ClusterRef, workflowId } from '../src/domain/names.ts'
import { discard } from './discard.ts'
import { lookAgain } from './messages.ts'
import { making, recorder, watching } from './proxies.ts'
import { verify } from './verify.ts'

export interface BackupInput {
  readonly ref: ClusterRef
  readonly backup: BackupRef
}

/** How long nobody may be there to be copied, in steps of a few seconds. */
const LATER_MS = 15_000
const LATER_TIMES = 240

const failed = (message: string): BackupOutcome => ({ kind: 'Failed', message, again: false })

const outcomeOf = (error: unknown): BackupOutcome => {
  if (isCancellation(error)) return failed('Cancelled by a person.')
  if (!(error instanceof ActivityFailure)) throw error
  return failed(error.cause instanceof ApplicationFailure ? error.cause.message : error.message)
}

/**
 * Makes one backup: a Job copies a member and brings the copy to the store. It is not on record as a procedure is: a failover or
 * a repair must not wait for it, and takes nothing from it but the donor, in which case it begins again with another one.
 */
export async function backup({ ref, backup }: BackupInput): Promise<BackupOutcome | { readonly kind: 'Made' }> {
  const say = (doing: string): void => setCurrentDetails(`### ${ref.namespace}/${ref.name}: ${backup.name}\n\n${doing}`)
  const make = async (): Promise<BackupOutcome | { readonly kind: 'Made' }> => {
    for (let number = 1, later = 0; ; ) {
      const attempt = { backup, number }
      say('choose a member, and have it copied')
      const summary = `choose a member and make the Job that copies it, try ${number}`
      const begun = await making.beginBackup.executeWithOptions({ summary }, [ref, attempt])
      if (begun.kind === 'Made') return begun
      if (begun.kind === 'Over') return failed(begun.why)
      if (begun.kind === 'Later') {
        later += 1
        if (later === LATER_TIMES) return failed(`Nobody could be copied for an hour: ${begun.why}.`)
        await sleep(LATER_MS, { summary: begun.why })
        continue
      }
      say(`copy ${begun.donor}, and bring the copy to the store`)
      const doing = { summary: `copy ${begun.donor}, and bring the copy to the store` }
      const outcome = await watching.watchBackup.executeWithOptions(doing, [ref, attempt])
      if (outcome.kind === 'Completed' || !outcome.again || number === BACKUP_TRIES) return outcome
      say(`after a failure, once more: ${outcome.message}`)
      await making.removeBackupJob.executeWithOptions({ summary: 'remove the Job that failed' }, [ref, attempt])
      number += 1
    }
  }
  let outcome: BackupOutcome | { readonly kind: 'Made' }
  try {
    outcome = await make()
  } catch (error) {
    outcome = outcomeOf(error)
  }
  let after: Partial<Ended> | undefined = { verify: true }
  if (outcome.kind !== 'Made') {
    const ended = outcome
    const summary = `note how it ended: ${ended.kind}`
    after = await CancellationScope.nonCancellable(() =>
      recorder.endBackup.executeWithOptions({ summary }, [ref, backup, ended]),
    )
  }
  if (after?.verify) await verify(ref, backup, say)
  if (after?.sweep) await discard({ namespace: ref.namespace, ...backup })
  say(outcome.kind === 'Failed' ? `**Failed:** ${outcome.message}` : '**Completed**')
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(workflowId(ref)).signal(lookAgain, {
        why: `MySQLBackup ${backup.name} has ended`,
      })
    } catch {
      // It is over, with its cluster; whoever comes after it finds the backup ended.
    }
  })
  return outcome
}
