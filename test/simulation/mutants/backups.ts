import { broken, type Mutant } from './types.ts'

const AGENT = 'src/agent/backup.ts'

/** Rules of backups: of the agent that stores and removes them, and of the workflow that has it do so. */
export const BACKUPS: readonly Mutant[] = [
  broken(
    'manifest-before-its-parts',
    'the manifest is written when all parts are stored',
    ['BackUpStoreFails', 'BackUpPodEnds', 'BackUp'],
    ['src/agent/parts.ts', '    await Promise.all(underWay)\n', ''],
  ),
  broken(
    'copy-the-primary',
    'a replica is copied if there is one',
    ['BackUp', 'BackUpRemoved'],
    [
      'src/domain/backup.ts',
      'const pod = fit.toSorted(byCost(state.primary))[0]?.pod',
      'const pod = fit.toSorted(byCost(state.primary)).at(-1)?.pod',
    ],
  ),
  broken(
    'backups-share-a-place',
    'a backup has a place of its own, whoever had its name before',
    ['BackUpMadeAgain'],
    [
      'src/domain/backup.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a source
      '${backup.name}-${backup.uid.slice(0, 8)}`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a source
      '${backup.name}`',
    ],
  ),
  broken(
    'discard-beyond-its-own',
    'only what belongs to a backup is removed with it',
    ['BackUpRemoved'],
    [
      'src/agent/discard.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a source
      'store.list(`${path}/`)',
      "store.list(path.slice(0, path.lastIndexOf('/') + 1))",
    ],
  ),
  broken(
    'one-try',
    'a backup whose Job fails is begun again',
    ['BackUpPodEnds', 'BackUpDonorEnds'],
    ['workflows/backup.ts', '|| !outcome.again || number === BACKUP_TRIES', "|| outcome.kind === 'Failed'"],
  ),
  broken(
    'late-try-overwrites',
    'a try that is late leaves the backup of a later one alone',
    ['BackUpLateTry'],
    [AGENT, '  if (other) {\n', '  if (other && task.attempt > 99) {\n'],
  ),
  broken(
    'delete-what-is-retained',
    'what is complete stays in the store unless the policy says otherwise',
    ['BackUpMadeAgain'],
    ['src/domain/removal.ts', "if (deleting && policy === 'Delete') return 'All'", "if (deleting) return 'All'"],
  ),
  broken(
    'form-unrestored',
    'a cluster that is to be made from a backup has no members before it has that',
    ['RestoreAnew'],
    ['activities/gather.ts', 'if (!spec.restoreFrom || finishedAt) return', 'if (!spec.restoreFrom || spec) return'],
  ),
  broken(
    'change-beside-a-backup',
    'a member that serves is left alone while a backup is made',
    ['BackUpWhileRolled'],
    ['src/domain/course.ts', 'backupUnderWay(snapshot) !== undefined && members', 'snapshot.size > 99 && members'],
  ),
  broken(
    'grow-beside-a-backup',
    'no member is added while a backup is made',
    ['BackUpWhileGrown'],
    ['src/domain/course.ts', "ground.kind === 'Rest' && !backupUnderWay(snapshot)", "ground.kind === 'Rest'"],
  ),
]
