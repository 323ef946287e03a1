import { ERRORS, type ErrorCode } from './errors.ts'
import { EXIT } from './objects/check.ts'
import { canonicalName, isForced } from './settings.ts'
import type { ClaimView, PodTrouble, PodView, Snapshot } from './snapshot.ts'
import { judgeUpgrade } from './upgrade.ts'

/** Why members do not start, as a person must hear it: what, in which field, and what to do. */
export interface Finding {
  readonly reason: ErrorCode
  readonly message: string
  /** The cause is known, and lasts until somebody or something outside mends it. */
  readonly known: boolean
}

/** A scheduler that does not know of a claim or a node yet says no at first. */
const SCHEDULING_GRACE_MS = 5_000
/** Somebody else makes the volume of a claim; that takes seconds when all is well. */
const VOLUME_GRACE_MS = 15_000

const SIGKILLED = 137

type Unscheduled = PodTrouble & { kind: 'Unscheduled' }

const PULL = [
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]
const NO_PROGRAM = /executable file not found|exec: "?sh"?|no such file or directory/i
export const DOWNGRADE = /downgrade/i
export const NO_SPACE = /no space left|disk is full|errno: 28\b/i
/** How mysqld names a setting that it does not start with; the name is the first group. */
const SETTING = [
  /unknown (?:variable|option) '(?:--)?([^'=]+)/i,
  /Error while setting value '.*' to '([^']+)'/,
  /used for (?:variable|option) '(?:--)?([^']+)'/,
  /^(?:MY-\d+ )?(?:Variable|option) '(?:--)?([^'=]+)/i,
]

const withoutStop = (text: string): string => text.replace(/[.\s]+$/, '')

/** A finding with the remedy of the table of errors. */
export const finding = (reason: ErrorCode, what: string): Finding => ({
  reason,
  message: `${withoutStop(what)}. ${ERRORS[reason].remedy}`,
  known: reason !== 'MemberFails' && reason !== 'MemberKilled',
})

/** Kubelet says the same in two ways by turns, while it pulls and while it waits to. */
const pullCause = (message: string): string =>
  withoutStop(message.replace(/^Back-off pulling image "[^"]*":? ?/, '').replace(/^ErrImagePull: /, ''))

const ofWaiting = (pod: PodView, { reason, message }: PodTrouble & { kind: 'Waiting' }): Finding => {
  if (PULL.includes(reason)) {
    const cause = pullCause(message) || reason
    return finding('ImageUnavailable', `spec.image: ${pod.image ?? 'the image'} cannot be pulled (${cause})`)
  }
  if (NO_PROGRAM.test(message)) return finding('ImageNotMySQL', `spec.image: ${pod.image} has no sh`)
  return finding('MemberFails', `${pod.name} does not start: ${reason}: ${message}`)
}

const settingIn = (said: string): string | undefined => {
  const name = SETTING.map((pattern) => pattern.exec(said)?.[1]).find((found) => found !== undefined)
  return name === undefined ? undefined : canonicalName(name)
}

const ofVolume = (pod: string, what: string): Finding =>
  finding('DiskFull', `spec.storage.size: the volume of ${pod} is full: ${what}`)

const ofEnd = (pod: PodView, { code, reason, said }: PodTrouble & { kind: 'Ended' }): Finding => {
  if (reason === 'OOMKilled')
    return finding('OutOfMemory', `spec.resources.limits.memory: ${pod.name} was killed for want of memory`)
  if (code === EXIT.notMySQL || (reason === 'StartError' && NO_PROGRAM.test(said)))
    return finding(
      'ImageNotMySQL',
      `spec.image: ${pod.image}: ${reason === 'StartError' ? 'there is no sh in it' : said}`,
    )
  if (code === EXIT.tooOld || DOWNGRADE.test(said))
    return finding('VersionNotSupported', `spec.image: ${pod.image}: ${said}`)
  if (code === EXIT.noRoom) return finding('NoRoomToKeep', `spec.storage.size: ${pod.name}: ${said}`)
  if (NO_SPACE.test(said)) return ofVolume(pod.name, `mysqld does not start (${withoutStop(said)})`)
  const setting = settingIn(said)
  if (setting !== undefined && isForced(setting))
    return finding(
      'VersionNotSupported',
      `spec.image: ${pod.image}: its MySQL refuses what the operator needs: ${said}`,
    )
  if (setting !== undefined)
    return finding('InvalidSetting', `spec.config.${setting}: mysqld does not start with it (${withoutStop(said)})`)
  if (code === SIGKILLED && said === '') return finding('MemberKilled', `mysqld of ${pod.name} was killed (SIGKILL)`)
  const why = said === '' ? '' : `: ${said}`
  return finding('MemberFails', `mysqld of ${pod.name} ended with code ${code} (${reason})${why}`)
}

const fieldOf = (message: string): string => {
  const resource = /Insufficient ([\w./-]+)/.exec(message)?.[1]
  if (resource) return `spec.resources.requests.${withoutStop(resource)}`
  if (/taint/.test(message)) return 'spec.pod.tolerations'
  if (/selector|affinity/.test(message)) return 'spec.pod.nodeSelector, spec.pod.affinity'
  return 'spec.pod'
}

/** What the scheduler said last may be over: it looks again only after the news, and under load much later. */
const isOrdinary = (trouble: Unscheduled, takenAt: number, claim: ClaimView | undefined): boolean => {
  const ageMs = takenAt - trouble.since
  if (ageMs < SCHEDULING_GRACE_MS) return true
  return trouble.forVolume === true && (claim?.phase === 'Bound' || ageMs < VOLUME_GRACE_MS)
}

const ofScheduling = (pod: PodView, message: string, claim: ClaimView | undefined): Finding => {
  const why = withoutStop(message.replace(/(?: preemption: .*|\.? not found\.?)$/, ''))
  if (claim?.phase !== 'Bound' && /persistent ?volume|storageclass/i.test(why)) {
    const asked = claim?.storageClass ? `StorageClass "${claim.storageClass}"` : 'the default StorageClass'
    const name = claim?.name ?? `the claim of ${pod.name}`
    return finding('VolumeUnbound', `spec.storage.storageClassName: ${name} gets no volume from ${asked} (${why})`)
  }
  if (claim?.phase === 'Bound' && /volume node affinity conflict/.test(why))
    return finding('VolumeAway', `${claim.name} is bound to a node that does not take ${pod.name} (${why})`)
  return finding('Unschedulable', `${fieldOf(why)}: no node takes ${pod.name} (${why})`)
}

const ofPod = (pod: PodView, snapshot: Snapshot): Finding | undefined => {
  const { trouble } = pod
  // The kind is read and not assumed: snapshots of an older version had a text here.
  switch (trouble?.kind) {
    case 'Unscheduled': {
      const claim = snapshot.claims.find(({ ordinal }) => ordinal === pod.ordinal)
      if (isOrdinary(trouble, snapshot.takenAt, claim)) return undefined
      return ofScheduling(pod, trouble.message, claim)
    }
    case 'Waiting':
      return ofWaiting(pod, trouble)
    case 'Ended':
      return ofEnd(pod, trouble)
    default:
      return undefined
  }
}

/** Why members cannot be made as they are declared now; undefined as long as that is not known. */
export const findRefusal = (snapshot: Snapshot): Finding | undefined => {
  const { trial } = snapshot
  if (trial?.kind === 'UnderWay') return ofPod(trial.pod, snapshot)
  const refused = trial?.kind === 'Passed' && trial.version ? judgeUpgrade(snapshot, trial.version) : undefined
  return refused && finding(refused.reason, `spec.image: ${refused.why}`)
}

/** What keeps members from starting, or from writing: of all pods the first with a known cause, else the first. */
export const findTrouble = (snapshot: Snapshot): Finding | undefined => {
  const full = snapshot.members.filter(({ lacksSpace }) => lacksSpace)
  const findings = [
    ...full.map(({ pod }) => ofVolume(pod, 'what it has to write waits or is refused')),
    ...snapshot.pods.flatMap((pod) => ofPod(pod, snapshot) ?? []),
  ]
  return findings.find(({ known }) => known) ?? findings[0]
}
