import { parseBackup } from '../../../activities/backups.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND, type MySQLBackup } from '../../../crds/mysqlbackup.ts'
import { digest } from '../../../src/domain/digest.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { JOB_NAME_LABEL } from '../kubernetes/jobs.ts'
import { attempt } from './staff.ts'
import { CLUSTER, NAMESPACE } from './user.ts'
import type { SimWorld } from './world.ts'

type Wanted = Partial<MySQLBackup['spec']>

/** A person asks for a backup; undefined where the API server refuses. */
export const askForBackup = (world: SimWorld, wanted: Wanted = {}, name?: string): MySQLBackup | undefined => {
  const { kubernetes, story } = world
  const made = kubernetes.writes.filter(({ kind, before }) => kind === BACKUP_KIND && !before).length
  const metadata = { namespace: NAMESPACE, name: name ?? `backup-${made + 1}` }
  const spec = { clusterName: CLUSTER, ...wanted }
  story.tell('person', `asks for MySQLBackup ${metadata.name}: ${JSON.stringify(wanted)}`)
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata, ...{ spec } }
  return attempt(() => kubernetes.objects.create(object, 'person'))
    ? parseBackup(kubernetes.objects.get(BACKUP_KIND, metadata))
    : undefined
}

/** A backup as it is now; undefined once it is gone, whoever has its name. */
export const backupNow = ({ kubernetes }: SimWorld, { metadata }: MySQLBackup): MySQLBackup | undefined => {
  const found = parseBackup(kubernetes.objects.get(BACKUP_KIND, metadata))
  return found?.metadata.uid === metadata.uid ? found : undefined
}

export const isCompleted = (world: SimWorld, backup: MySQLBackup): boolean =>
  backupNow(world, backup)?.status?.phase === 'Completed'

/** The pods of the Jobs that make a backup. */
export const podsOf = ({ kubernetes }: SimWorld, { metadata }: MySQLBackup): readonly Kinds['Pod'][] =>
  kubernetes.objects
    .list('Pod', NAMESPACE)
    .filter((pod) => pod.metadata.labels?.[JOB_NAME_LABEL]?.startsWith(`${CLUSTER}-backup-${digest(metadata.uid)}-`))

/** What was asked of backups and has not ended, and what they were made with and is left. */
export const unfinishedBackups = ({ kubernetes }: SimWorld): readonly string[] => {
  const backups = kubernetes.objects.list(BACKUP_KIND, NAMESPACE).flatMap((object) => parseBackup(object) ?? [])
  const open = backups.filter(({ metadata, status: { phase, message } = {} }) => {
    const isOver = phase === 'Completed' || phase === 'Failed'
    return metadata.deletionTimestamp !== undefined || !isOver || !message
  })
  return [
    ...open.map(({ metadata, status }) => {
      const what = metadata.deletionTimestamp ? 'is being deleted' : `is ${status?.phase ?? 'not told of'}`
      return `MySQLBackup ${metadata.name} ${what}: ${status?.message ?? ''}`
    }),
    ...kubernetes.objects.list('Job', NAMESPACE).map(({ metadata }) => `Job ${metadata.name} is left`),
  ]
}
