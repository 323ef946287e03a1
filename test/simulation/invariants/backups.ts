import { createHash } from 'node:crypto'
import { parseBackup } from '../../../activities/backups.ts'
import { BACKUP_KIND, type MySQLBackup } from '../../../crds/mysqlbackup.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import { MANIFEST, type Manifest, ManifestSchema } from '../../../src/agent/manifest.ts'
import { BACKUP_TRIES } from '../../../src/domain/backup.ts'
import { ERRORS } from '../../../src/domain/errors.ts'
import { formatGtidSet, type GtidSet, intersect, parseGtidSet, subtract, union } from '../../../src/domain/gtid.ts'
import type { SimStore } from '../objectstore/store.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const WHOLE = 'a manifest is never there without the parts that it names'
const HOLDS = 'a backup that is Completed is in the store, and holds all that was acknowledged before it was asked for'
const TRIED = 'a backup is given up only after three tries, or for what a person has to mend'
const KEPT = 'a backup stays in the store until it is deleted, and then goes or stays as its policy says'

const manifestAt = ({ objects }: SimStore, path: string): Manifest | undefined => {
  const body = objects.get(`${path}/${MANIFEST}`)
  return body && ManifestSchema.parse(JSON.parse(Buffer.from(body).toString()))
}

const lacking = ({ objects }: SimStore, path: string, { parts }: Manifest): readonly string[] =>
  parts.flatMap(({ key, sha256 }) => {
    const body = objects.get(`${path}/${key}`)
    return body && createHash('sha256').update(body).digest('hex') === sha256 ? [] : [key]
  })

/** What the parts of a backup hold, whatever its manifest says of them. */
const contentOf = ({ objects }: SimStore, path: string, { parts }: Manifest): GtidSet => {
  const text = Buffer.concat(parts.map(({ key }) => objects.get(`${path}/${key}`) ?? Buffer.of())).toString()
  return parseGtidSet(JSON.parse(text).gtids)
}

interface Known {
  /** Acknowledged, and held by the cluster, when it was asked for. */
  readonly wanted: GtidSet
  readonly jobs: Set<string>
  last: MySQLBackup
  /** The cluster was deleted since. */
  orphaned: boolean
}

/** What a backup promises to whoever will need it. */
export const backupsAreWhole = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, store, violate } = world
  const known = new Map<string, Known>()

  store.onChange(({ by, key }) => {
    const path = key.split('/').slice(0, 3).join('/')
    const manifest = manifestAt(store, path)
    const lost = manifest ? lacking(store, path, manifest) : []
    if (lost.length > 0) violate(WHOLE, `${path} lacks ${lost.join(', ')} after ${by} changed ${key}`)
  })

  const judgeCompleted = ({ metadata, status }: MySQLBackup, { wanted, orphaned }: Known): void => {
    const path = status?.path ?? ''
    const manifest = manifestAt(store, path)
    if (!manifest || manifest.gtids !== status?.gtids) {
      violate(
        HOLDS,
        `${metadata.name}: ${manifest ? `the manifest tells of ${manifest.gtids}` : 'there is no manifest'}`,
      )
      return
    }
    // What was asked of a cluster that was deleted is made of the one that has its name now.
    const lost = orphaned ? new Map() : subtract(wanted, contentOf(store, path, manifest))
    if (lost.size > 0) violate(HOLDS, `${metadata.name} lacks ${formatGtidSet(lost)}`)
  }
  const judgeFailed = ({ metadata, status }: MySQLBackup, { jobs, orphaned }: Known): void => {
    const [code = ''] = (status?.message ?? '').split(':')
    const isRetryable = code in ERRORS && ERRORS[code as keyof typeof ERRORS].retryable
    if (isRetryable && !orphaned && jobs.size < BACKUP_TRIES)
      violate(TRIED, `${metadata.name} after ${jobs.size}: ${status?.message}`)
  }

  kubernetes.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Job' && !before)
      for (const { uid } of after?.metadata.ownerReferences ?? []) known.get(uid)?.jobs.add(key.name)
    if (kind === KIND && (!after || after.metadata.deletionTimestamp))
      for (const one of known.values()) one.orphaned = true
    const backup = kind === BACKUP_KIND && after ? parseBackup(after) : undefined
    if (!backup) return
    const { uid } = backup.metadata
    // What waits to be gone is of a cluster that is gone.
    const going = kubernetes.objects
      .list('PersistentVolumeClaim', NAMESPACE)
      .flatMap(({ metadata }) => (metadata.deletionTimestamp ? [metadata.name] : []))
    const volumes = (): ReturnType<typeof claimedVolumes> =>
      claimedVolumes(world).filter(({ claim }) => !going.includes(claim))
    const held = (): GtidSet => union(...volumes().map(({ holds }) => holds))
    const found = known.get(uid) ?? {
      wanted: intersect(mysql.acknowledged(), held()),
      jobs: new Set<string>(),
      last: backup,
      orphaned: false,
    }
    const { phase } = found.last.status ?? {}
    found.last = backup
    known.set(uid, found)
    if (phase === backup.status?.phase) return
    if (backup.status?.phase === 'Completed') judgeCompleted(backup, found)
    if (backup.status?.phase === 'Failed') judgeFailed(backup, found)
  })

  return {
    atEnd() {
      for (const one of known.values()) {
        const { metadata, spec, status } = one.last
        const isThere = kubernetes.objects.get(BACKUP_KIND, metadata)?.metadata.uid === metadata.uid
        const isKept = status?.phase === 'Completed' && (isThere || spec.deletionPolicy === 'Retain')
        if (isKept) judgeCompleted(one.last, one)
        const left = [...store.objects.keys()].filter((key) => status?.path && key.startsWith(`${status.path}/`))
        if (!isThere && spec.deletionPolicy === 'Delete' && left.length > 0)
          violate(KEPT, `${metadata.name} is gone, and there is ${left.join(', ')}`)
      }
    },
  }
}
