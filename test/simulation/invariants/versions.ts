import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { CLUSTER_KEY, NAMES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { versionOf } from '../world/version.ts'
import type { Invariant } from './invariants.ts'

const READS = 'no member is to be made of a MySQL that cannot read what all of them have written'
const PATH = 'no series with long-term support is skipped on the way to another one'
const SOUND = 'no member is to be made of a MySQL that is known to lose data'
const DEFECTIVE: readonly string[] = ['8.4.1']
const SERIES: readonly string[] = ['8.0', '8.4', '9.7']

const imageOf = (set: object | undefined): string | undefined =>
  (set as Kinds['StatefulSet'] | undefined)?.spec?.template.spec?.containers.find(({ image }) =>
    image?.startsWith('mysql:'),
  )?.image

const seriesOf = (version: string): number => SERIES.indexOf(version.split('.').slice(0, 2).join('.'))

/** The image of a living cluster is changed only to one that its data can be given to. */
export const versionsFollowThePath = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, violate } = world
  kubernetes.onWrite(({ by, kind, key, before, after }) => {
    if (kind !== 'StatefulSet' || key.name !== NAMES.statefulSet || !by.startsWith('worker-') || !before) return
    const [was, is] = [imageOf(before), imageOf(after)]
    const group = (kubernetes.objects.get(KIND, CLUSTER_KEY)?.['status'] as { group?: GroupRecord } | undefined)?.group
    if (is === undefined || was === is || !/\d/.test(is) || !group?.incarnation) return
    const to = versionOf(is)
    const written = mysql
      .members()
      .flatMap(({ state, pod, rows }) =>
        state === 'ONLINE' ? [rows.find((row) => row.pod === pod)?.version ?? ''] : [],
      )
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0]
    if (DEFECTIVE.includes(to)) violate(SOUND, `${by} takes over ${is}`)
    if (written === undefined) return
    if (written.localeCompare(to, 'en', { numeric: true }) > 0)
      violate(READS, `${by} takes over ${is}, and the oldest that is ONLINE is ${written}`)
    if (seriesOf(to) > seriesOf(written) + 1) violate(PATH, `${by} goes from ${written} to ${is}`)
  })
  return {}
}
