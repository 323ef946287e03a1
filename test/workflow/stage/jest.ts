import { afterAll, afterEach, beforeAll, jest } from '@jest/globals'
import type { BackupRef } from '../../../src/domain/backup.ts'
import type { ObjectRef } from '../../../src/domain/names.ts'
import type { Procedure } from '../../../src/domain/procedure.ts'
import type { Snapshot } from '../../../src/domain/snapshot.ts'
import type { ClusterWorkflowInput } from '../../../workflows/state.ts'
import type { Sandbox } from '../../support/sandbox.ts'
import { REF } from '../../support/snapshots.ts'
import { openStage, Story } from './story.ts'
import type { World } from './types.ts'

/** Opens the sandbox for the tests of a file, and ends after each test the stories that it began. */
export const useStage = () => {
  jest.setTimeout(30_000)
  let sandbox: Sandbox | undefined
  const stories: Story[] = []
  const opened = (): Sandbox => {
    if (!sandbox) throw new Error('the sandbox opens before the first test')
    return sandbox
  }
  beforeAll(async () => {
    sandbox = await openStage()
  })
  afterEach(async () => {
    for (const story of stories.splice(0)) await story.end()
  })
  afterAll(() => sandbox?.close())

  const told = (story: Story): Story => {
    stories.push(story)
    return story
  }

  return {
    code: () => opened().code,
    begin: (
      found: Snapshot | null,
      on: World['on'] = {},
      input?: ClusterWorkflowInput,
      runId?: string,
    ): Promise<Story> => told(new Story(found, on)).begin(opened(), input, runId),
    /** Begins the workflow that looks after a MySQLOperation without a cluster. */
    beginStray: (operation: ObjectRef, on: World['on'] = {}): Promise<Story> =>
      told(new Story(null, on)).beginStray(opened(), operation),
    /** Begins the workflow that looks after a MySQLBackup that was deleted. */
    beginDiscard: (backup: ObjectRef, on: World['on'] = {}): Promise<Story> =>
      told(new Story(null, on)).beginDiscard(opened(), backup),
    /** Begins what a schedule does. */
    beginScheduled: (schedule: string, on: World['on'] = {}): Promise<Story> =>
      told(new Story(null, on)).beginScheduled(opened(), schedule),
    /** Begins the workflow of a procedure. */
    beginProcedure: (procedure: Procedure, on: World['on'] = {}): Promise<Story> =>
      told(new Story(null, on)).beginProcedure(opened(), { ref: REF, procedure }),
    /** Begins the workflow of a backup. */
    beginBackup: (backup: BackupRef, on: World['on'] = {}): Promise<Story> =>
      told(new Story(null, on)).beginBackup(opened(), { ref: REF, backup }),
  }
}
