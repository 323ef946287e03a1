/** One row of the table of errors, which docs/errors.md explains. */
export interface ErrorEntry {
  readonly meaning: string
  readonly remedy: string
  /** Whether trying again, without anybody doing anything, may help. */
  readonly retryable: boolean
}

/** Every error that the operator can report, by its stable code. The codes are reasons of conditions and events too. */
export const ERRORS = {
  ErrResourceExists: {
    meaning: 'An object with the name that the cluster needs exists and belongs to someone else.',
    remedy: 'Rename the MySQLCluster, or delete the object if nobody needs it.',
    retryable: true,
  },
  ForcedSetting: {
    meaning: 'spec.config has a setting that the operator must control, or that is not one.',
    remedy: 'Remove it from spec.config.',
    retryable: false,
  },
  NotSupportedYet: {
    meaning: 'The change cannot be made on a living cluster by this version of the operator.',
    remedy: 'Put the old value back; the cluster runs as it was.',
    retryable: false,
  },
  Forbidden: {
    meaning: 'The API server denied the operator a request.',
    remedy: 'Apply the operator’s RBAC manifests of the same version as its image.',
    retryable: true,
  },
  KubernetesUnavailable: {
    meaning: 'The API server did not answer, or answered that it cannot serve now.',
    remedy: 'Nothing: the request is repeated. Look at the API server if it lasts.',
    retryable: true,
  },
  Conflict: {
    meaning: 'An object was changed by someone else between reading and writing it.',
    remedy: 'Nothing: it is read again and the step is repeated.',
    retryable: true,
  },
  KubernetesRefused: {
    meaning: 'The API server refused an object as invalid.',
    remedy: 'Read the message: it names the field. It is most often a part of spec.pod or spec.services.',
    retryable: true,
  },
  MemberUnreachable: {
    meaning: 'A member of the cluster does not answer on its admin port.',
    remedy: 'Nothing: the step is repeated. Look at the pod and its log if it lasts.',
    retryable: true,
  },
  MemberRefused: {
    meaning: 'mysqld answered a statement of the operator with an error.',
    remedy: 'Read the message and the log of the member.',
    retryable: true,
  },
  GateClosed: {
    meaning: 'The evidence changed between the decision and the act, so the act was left.',
    remedy: 'Nothing: the cluster is looked at again.',
    retryable: false,
  },
  RequestRefused: {
    meaning: 'What was asked of the cluster cannot be done as things are.',
    remedy: 'Read the reason; ask again once it is mended, or for something else.',
    retryable: false,
  },
  SecretIncomplete: {
    meaning: 'A Secret of the cluster lacks a key, or has an empty one.',
    remedy: 'Put the key back. Do not delete the Secret: the members know only what it held.',
    retryable: true,
  },
  ImageUnavailable: {
    meaning: 'The image of a member cannot be pulled.',
    remedy:
      'Mend spec.image or spec.pod.imagePullSecrets, or give the nodes access to the registry; it is tried again all the while.',
    retryable: true,
  },
  ImageNotMySQL: {
    meaning: 'The image lacks mysqld, the mysql client or sh.',
    remedy: 'Set spec.image to an image of MySQL, such as mysql:8.4.',
    retryable: false,
  },
  VersionNotSupported: {
    meaning: 'The MySQL in the image is too old for the operator, or older than the data.',
    remedy: 'Set spec.image to MySQL 8.0.27 or newer, and to none older than the one that made the data.',
    retryable: false,
  },
  DowngradeRefused: {
    meaning: 'The MySQL in the image is older than the one that runs, and cannot read its data.',
    remedy: 'Set spec.image to the version that runs or a newer one; an older one needs a new cluster, from a dump.',
    retryable: false,
  },
  VersionSkipped: {
    meaning: 'The MySQL in the image is too new to take over the data of the one that runs in one step.',
    remedy: 'Upgrade to the version named first, and then to this one.',
    retryable: false,
  },
  VersionDefective: {
    meaning: 'The MySQL in the image has a known defect that can cost data or keep members from starting.',
    remedy: 'Set spec.image to a later patch of the same series.',
    retryable: false,
  },
  InvalidSetting: {
    meaning: 'mysqld does not start with a setting of spec.config: it does not know it, or not with this value.',
    remedy: 'Mend or remove it in spec.config.',
    retryable: false,
  },
  OutOfMemory: {
    meaning: 'A member was killed as it needed more memory than it may use.',
    remedy: 'Raise spec.resources.limits.memory, or lower what spec.config says of buffers and connections.',
    retryable: true,
  },
  DiskFull: {
    meaning: 'The volume of a member is full.',
    remedy: 'Raise spec.storage.size, or make room on it; then it goes on by itself, at the latest after a minute.',
    retryable: true,
  },
  StorageShrinks: {
    meaning: 'Volumes cannot be made smaller.',
    remedy: 'Put the old value back, or make another cluster of the smaller size and copy the data.',
    retryable: false,
  },
  VolumeNotExpandable: {
    meaning: 'The StorageClass of a volume does not let it grow.',
    remedy: 'Set allowVolumeExpansion of the StorageClass if its storage can do it; else put the old value back.',
    retryable: true,
  },
  QuotaExceeded: {
    meaning: 'A quota of the namespace does not allow what was asked for.',
    remedy: 'Raise the quota, or put the old value back.',
    retryable: true,
  },
  NoRoomToKeep: {
    meaning: 'The volume of a member has no room to keep its old data, or logs, beside a copy of another member.',
    remedy: 'Raise spec.storage.size, or remove what earlier rebuilds kept on the volume; then it goes on by itself.',
    retryable: false,
  },
  Unschedulable: {
    meaning: 'No node takes a member.',
    remedy: 'Free or add a node, or mend the field; it is tried again all the while.',
    retryable: true,
  },
  VolumeUnbound: {
    meaning: 'A member gets no volume: its StorageClass does not exist, is no default, or cannot provide one.',
    remedy:
      'Make that StorageClass, or set the field to one of kubectl get storageclass; it is tried again all the while.',
    retryable: true,
  },
  VolumeAway: {
    meaning: 'The volume of a member is bound to a node that takes no pod now.',
    remedy:
      'Bring the node back. If it is gone for good, delete the claim with --wait=false and then the pod: the member is made anew as a copy of another one.',
    retryable: true,
  },
  MemberKilled: {
    meaning: 'mysqld of a member was killed from outside, not by want of memory within its limit.',
    remedy:
      'Nothing: kubelet starts it again. If it lasts, look at the events of the pod and at the memory and the log of its node.',
    retryable: true,
  },
  MemberFails: {
    meaning: 'The container of a member does not start, or ends again and again, for a reason that is not known.',
    remedy: 'Read the message and kubectl logs --previous of the pod; most often it is a value in spec.config.',
    retryable: true,
  },
  StoreUnreachable: {
    meaning: 'The store of the backups does not answer, or cannot serve now.',
    remedy: 'Look at endpoint, name resolution and network policies if it lasts; it is tried again for a while.',
    retryable: true,
  },
  StoreRefused: {
    meaning: 'The store of the backups refused a request, or is not to be trusted.',
    remedy: 'Read the message: mend what it names, and ask again.',
    retryable: false,
  },
  StoreDenied: {
    meaning: 'The store of the backups does not know the credentials, or does not let them do this.',
    remedy:
      'Mend the keys in the Secret, the rights of the account in the store, or the clock of the node; then ask again.',
    retryable: false,
  },
  BucketMissing: {
    meaning: 'The store of the backups has no such bucket.',
    remedy: 'Make the bucket, or mend its name, the region or the endpoint in the store; then ask again.',
    retryable: false,
  },
  StoreUntrusted: {
    meaning: 'The certificate of the store of the backups is not trusted.',
    remedy:
      'Give the authority that it was issued by as ca.crt of the Secret caSecret, or mend the endpoint; then ask again.',
    retryable: false,
  },
  StoreFull: {
    meaning: 'The store of the backups has no room.',
    remedy: 'Make room in it or raise its quota; then ask again.',
    retryable: false,
  },
  NoRoom: {
    meaning: 'The volume that a backup is copied to, or restored to, is too small for the data.',
    remedy: 'Raise spec.storage.size, of which this volume is made, too, or make room on the node; then ask again.',
    retryable: false,
  },
  BackupMissing: {
    meaning: 'There is no manifest where the backup should be: there is no backup, or it is not complete.',
    remedy: 'Mend the path or the prefix; use another backup.',
    retryable: false,
  },
  WrongKey: {
    meaning: 'The backup was encrypted with another key than the one that the store names, or there is no such key.',
    remedy:
      'Give the Secret the key that the backup was made with, as it is named in encryption.keySecret of the store.',
    retryable: false,
  },
  BackupBroken: {
    meaning: 'What is stored of a backup is not what was written: something is missing or was changed.',
    remedy: 'Use another backup; look for what changed the objects in the store.',
    retryable: false,
  },
  BinlogPurged: {
    meaning: 'A member no longer has binary logs that the archive lacks: there may be a gap.',
    remedy: 'Nothing if another member has them. Else make a backup: from it on, every point in time can be restored.',
    retryable: false,
  },
  BinlogBroken: {
    meaning:
      'What was read of a binary log is not what a server writes, or holds what this version does not understand.',
    remedy:
      'Nothing: it is read again. If it lasts, look at the log of the member, and for a newer version of the operator.',
    retryable: true,
  },
  ArchiveGap: {
    meaning: 'The archive of binary logs lacks transactions between the backup and the point that was asked for.',
    remedy:
      'Restore a backup that was made after the gap, or a point before it; or accept that they are missing with restoreFrom.acrossGaps.',
    retryable: false,
  },
  PointNotArchived: {
    meaning: 'The point that a restore was asked for is not between the backup and the end of the archive.',
    remedy:
      'Name a point between the backup and the end of the archive, or an older backup. To restore all that there is, accept with restoreFrom.acrossGaps that what came later is missing.',
    retryable: false,
  },
  AgentFailed: {
    meaning: 'The Job of a backup or a restore ended without a result.',
    remedy: 'Read the message; it is tried again, a backup with a new copy.',
    retryable: true,
  },
  TemporalUnavailable: {
    meaning: 'Temporal did not take a change of a schedule.',
    remedy: 'Nothing: it is tried again. Look at Temporal if it lasts.',
    retryable: true,
  },
  InvalidObject: {
    meaning: 'An object has a shape that the operator does not understand.',
    remedy: 'Apply the CustomResourceDefinitions of the same version as the operator.',
    retryable: true,
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>

export type ErrorCode = keyof typeof ERRORS

/** An error of the table. `detail` is for people and must hold no secret. */
export class OperatorError extends Error {
  readonly code: ErrorCode
  readonly detail: string

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options)
    this.name = 'OperatorError'
    this.code = code
    this.detail = detail
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable
  }
}
