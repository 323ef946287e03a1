import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { TaskSchema } from '../../../src/agent/task.ts'
import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const SPARED = 'a primary is not copied while all replicas are fit'
const LONG_MS = 20 * SECOND

/** Whom a backup copies: it costs its donor. */
export const donorsAreFit = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, time, violate } = world
  let healthySince: number | undefined
  kubernetes.onWrite(({ kind, before, after }) => {
    if (kind === KIND) {
      const { phase } = ((after ?? {}) as { status?: MySQLClusterStatus }).status ?? {}
      healthySince = phase === 'Healthy' ? (healthySince ?? time.now()) : undefined
    }
    if (kind !== 'Job' || before || !after) return
    const { spec } = after as { spec?: { template: { spec?: { containers: { env?: { value?: string }[] }[] } } } }
    const text = spec?.template.spec?.containers[0]?.env?.[0]?.value
    const task = text?.startsWith('{') ? TaskSchema.parse(JSON.parse(text)) : undefined
    if (task?.kind !== 'backup') return
    const members = mysql.members()
    const isCalm = healthySince !== undefined && time.now() - healthySince > LONG_MS
    const donor = members.find(({ pod }) => pod === task.donor)
    const areFit = members.length > 1 && members.every(({ state }) => state === 'ONLINE')
    if (isCalm && areFit && donor?.acknowledges) violate(SPARED, `${after.metadata.name} copies ${task.donor}`)
  })
  return {}
}
