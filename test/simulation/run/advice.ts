import { parseCluster } from '../../../activities/cluster.ts'
import { parseOperation } from '../../../activities/operations.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { contains, formatGtidSet, intersect, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import { claimedVolumes } from '../invariants/data.ts'
import { SECOND } from './clock.ts'
import { attempt } from './staff.ts'
import { CLUSTER, NAMES, NAMESPACE } from './user.ts'
import type { SimWorld } from './world.ts'

const READS_AFTER_MS = 60 * SECOND
const UNREADABLE = /mysqld of (\S+) ended .*page corruption/

/** A person who reads the status and does what it asks for, when the evidence of the world is that only a person can. */
export const followAdvice = (world: SimWorld): (() => void) => {
  const { kubernetes, mysql, time, user, story } = world
  let since: number | undefined
  let advised = ''
  let asked = 0

  const claims = () => claimedVolumes(world)
  const discard = (claim: string, why: string): void => {
    story.tell('person', `deletes ${claim}: ${why}`)
    kubernetes.objects.delete('PersistentVolumeClaim', { namespace: NAMESPACE, name: claim }, { by: 'person' })
  }

  /** `RetainedVolumes`: volumes beyond the size. They are included, or deleted by one who knows that they hold nothing new. */
  const includeOrDelete = (): void => {
    const set = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })
    const size = set?.spec?.replicas ?? 0
    const inside = union(...claims().flatMap(({ claim, holds }) => (ordinalOf(claim) < size ? [holds] : [])))
    const beyond = kubernetes.objects
      .list('PersistentVolumeClaim', NAMESPACE)
      .map(({ metadata }) => metadata.name)
      .filter((name) => ordinalOf(name) >= size)
    const holdsMore = (name: string): boolean =>
      claims().some(({ claim, holds }) => claim === name && !contains(inside, holds))
    if (beyond.some(holdsMore)) {
      user.wish.size = Math.max(...beyond.map(ordinalOf)) + 1
      user.patch({ size: user.wish.size })
    } else for (const name of beyond) discard(name, 'it holds nothing that the members lack')
  }

  /** Diverged: transactions that one member alone has, and no client was told of, are given up with its volume. */
  const giveUpErrant = (): void => {
    for (const { claim, volume, holds } of claims()) {
      const others = union(...claims().flatMap((other) => (other.volume === volume ? [] : [other.holds])))
      const alone = subtract(holds, others)
      if (isEmpty(alone) || !isEmpty(intersect(alone, mysql.acknowledged()))) continue
      discard(claim, `nobody needs ${formatGtidSet(alone)}`)
      kubernetes.faults.deletePod({ namespace: NAMESPACE, name: claim.replace(/^data-/, '') })
    }
  }

  /** All are down, and one cannot be read ever again: who knows that the others hold what it held gives it up. */
  const giveUpUnreadable = (message: string): void => {
    const claim = `data-${UNREADABLE.exec(message)?.[1]}`
    const found = claims().find((one) => one.claim === claim)
    const others = union(...claims().flatMap((other) => (other.claim === claim ? [] : [other.holds])))
    if (!found || !contains(others, intersect(found.holds, mysql.acknowledged()))) return
    discard(claim, 'it cannot be read, and the others hold what it held')
    kubernetes.faults.deletePod({ namespace: NAMESPACE, name: claim.replace(/^data-/, '') })
  }

  const operations = () =>
    kubernetes.objects
      .list(OPERATION_KIND, NAMESPACE)
      .map(parseOperation)
      .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')

  /** Diverged: some people have the group made from one of the members, and give up the others afterwards. */
  const askForFailover = (): void => {
    if (operations().some(({ spec }) => spec.failover)) return
    asked += 1
    const name = `failover-${asked}`
    story.tell('person', `asks for a failover: ${name}`)
    const object = { apiVersion: API_VERSION, kind: OPERATION_KIND, metadata: { namespace: NAMESPACE, name } }
    const spec = { clusterName: CLUSTER, failover: {} }
    attempt(() => kubernetes.objects.create({ ...object, ...{ spec } }, 'person'))
  }

  /** One who knows that nobody needs what may be lost, and that nothing runs where nobody answers. */
  const decide = (): void => {
    for (const { metadata, spec, status } of operations()) {
      if (status?.phase !== 'AwaitingApproval' || !status.loss || spec.approved !== undefined) continue
      const { seed, only } = status.loss
      const seedHolds = claims().find(({ claim }) => claim === `data-${seed}`)?.holds ?? new Map()
      const all = union(...claims().map(({ holds }) => holds))
      const needed = intersect(subtract(all, seedHolds), mysql.acknowledged())
      const runs = mysql.members().some(({ incarnation }) => incarnation !== undefined)
      const approved = isEmpty(needed) && !runs
      story.tell('person', `${approved ? 'approves' : 'refuses'} ${metadata.name}: ${JSON.stringify(only)}`)
      const key = { namespace: NAMESPACE, name: metadata.name }
      attempt(() => kubernetes.objects.patch(OPERATION_KIND, key, { spec: { approved } }, 'person'))
    }
  }

  return () => {
    decide()
    const found = user.cluster()
    const { phase, message = '', conditions } = (found && parseCluster(found).status) ?? {}
    const reason = conditions?.find(({ type }) => type === 'Healthy')?.reason ?? ''
    const isUnreadable = phase === 'Offline' && UNREADABLE.test(message)
    const isAsked = isUnreadable || /a person must decide/i.test(message)
    const advice = reason === 'RetainedVolumes' ? reason : isAsked ? `${phase}` : ''
    if (advice !== advised) since = undefined
    advised = advice
    since = advice === '' ? undefined : (since ?? time.now())
    if (since === undefined || time.now() - since < READS_AFTER_MS) return
    since = undefined
    if (advice === 'RetainedVolumes') includeOrDelete()
    else if (isUnreadable) giveUpUnreadable(message)
    else if (phase === 'Diverged' && asked < 2 && world.scenario.asksForFailover) askForFailover()
    else giveUpErrant()
  }
}
