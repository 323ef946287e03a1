import { parseBackup } from '../../../activities/backups.ts'
import { parseCluster } from '../../../activities/cluster.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup-names.ts'
import { MANIFEST } from '../../../src/agent/manifest.ts'
import { contains, formatGtidSet, parseGtidSet, subtract } from '../../../src/domain/gtid.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RESTORED = 'a cluster that is made from a backup is never formed without what that holds'

/** What a cluster holds that was made from a backup. */
export const restoresAreWhole = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, store, user, violate } = world
  /** Of the backup that the cluster of today was made from: as its manifest tells. */
  const wanted = (): string | undefined => {
    const found = user.cluster()
    const name = found && parseCluster(found).spec.restoreFrom?.backup
    const backup = name && parseBackup(kubernetes.objects.get(BACKUP_KIND, { namespace: NAMESPACE, name }))
    const body = backup && store.objects.get(`${backup.status?.path}/${MANIFEST}`)
    return body ? JSON.parse(Buffer.from(body).toString()).gtids : undefined
  }
  let seen = 0
  const judge = (): void => {
    const gtids = wanted()
    if (gtids === undefined) return
    for (const { pod, state, holds } of mysql.members()) {
      if (state !== 'ONLINE' || contains(holds, parseGtidSet(gtids))) continue
      violate(RESTORED, `${pod} is ONLINE and lacks ${formatGtidSet(subtract(parseGtidSet(gtids), holds))}`)
    }
  }
  world.watch(() => {
    const made = mysql.bootstraps().length
    if (made === seen) return
    seen = made
    judge()
  })
  return { atEnd: judge }
}
