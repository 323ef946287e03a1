import { setCurrentDetails, workflowInfo } from '@temporalio/workflow'
import type { ClusterRef } from '../src/domain/names.ts'
import { recorder, watching } from './proxies.ts'

export interface ScheduledInput {
  readonly ref: ClusterRef
  readonly schedule: string
}

/** 20261123-030000, in UTC. */
const stamp = (time: Date): string => time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')

/**
 * What a schedule does: it makes a MySQLBackup, which the cluster then carries out like any other, and waits for it, so that the
 * schedule knows of it and begins no other one meanwhile. Then those that are too many or too old are deleted.
 */
export async function scheduledBackup({
  ref,
  schedule,
}: ScheduledInput): Promise<{ backup?: string; phase: string; why?: string }> {
  const name = `${ref.name}-${schedule}-${stamp(workflowInfo().startTime)}`
  const asking = { summary: `make MySQLBackup ${name}` }
  const asked = await recorder.askScheduled.executeWithOptions(asking, [ref, schedule, name])
  if (asked.kind === 'Over') {
    setCurrentDetails(`No backup: ${asked.why}`)
    return { phase: 'Skipped', why: asked.why }
  }
  setCurrentDetails(`MySQLBackup ${name} is made by the workflow of the cluster.`)
  const { phase } = await watching.awaitBackup.executeWithOptions({ summary: `wait for MySQLBackup ${name}` }, [
    ref,
    asked.backup,
  ])
  await recorder.retire.executeWithOptions({ summary: 'delete what is too old, and note what there is' }, [
    ref,
    schedule,
  ])
  setCurrentDetails(`MySQLBackup ${name}: ${phase}`)
  return { backup: name, phase }
}
