import { sleep } from '@temporalio/workflow'
import type { ObjectRef } from '../src/domain/names.ts'
import { recorder } from './proxies.ts'

/** Whoever applies a cluster and what is asked of it with one command may do so in any order. */
const GRACE_MS = 30_000

/** Looks after a MySQLOperation whose cluster is not there: it fails with the reason, and goes once it was kept long enough. */
export async function strayOperation(operation: ObjectRef): Promise<void> {
  await sleep(GRACE_MS, { summary: 'its cluster may still appear' })
  for (;;) {
    const summary = `end MySQLOperation ${operation.name}, if its cluster is still not there`
    const { left } = await recorder.endStray.executeWithOptions({ summary }, [operation])
    if (left === undefined) return
    await sleep(left, { summary: 'it is kept for a while, to be read' })
  }
}
