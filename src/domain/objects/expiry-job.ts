import type { V1Container, V1Job } from '@kubernetes/client-node'
import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import { type Expiry, folderOf, isKeptId } from '../kept.ts'
import { PATHS } from '../mycnf.ts'
import { type ClusterRef, KEPT_ANNOTATION, ordinalOf, ownerReference } from '../names.ts'
import { job, jobLabels, mount, RESTRICTED } from './job-pod.ts'

/** Removing takes seconds; where the volume cannot be mounted a second time on its node, it is not to wait for ever. */
const DEADLINE_SECONDS = 600

export interface ExpiryJobInput {
  readonly ref: ClusterRef
  readonly expiry: Expiry
  /** Where the member runs: its volume can be mounted there, and maybe nowhere else. */
  readonly node: string
  readonly image: string
  readonly pod: MySQLClusterSpec['pod']
}

export const expiryJobName = ({ name }: ClusterRef, pod: string): string => `${name}-expiry-${ordinalOf(pod)}`

/** What a Job of ours is to remove. */
export const expiryOf = (annotations: Readonly<Record<string, string>> | undefined): readonly string[] =>
  (annotations?.[KEPT_ANNOTATION] ?? '').split(' ').filter(isKeptId)

/** The Job that removes what rebuilds have kept from the volume of a member that runs: just the folders that are named. */
export const expiryJob = ({ ref, expiry, node, image, pod }: ExpiryJobInput): V1Job => {
  const metadata = {
    name: expiryJobName(ref, expiry.pod),
    namespace: ref.namespace,
    labels: jobLabels(ref.name, 'removal'),
    annotations: { [KEPT_ANNOTATION]: expiry.ids.join(' ') },
    ownerReferences: [ownerReference(ref)],
  }
  const folders = expiry.ids.map((id) => `${PATHS.volume}/${folderOf(id)}`)
  const main: V1Container = {
    name: 'removal',
    image,
    command: ['rm', '-rf', ...folders],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '128Mi' } },
    securityContext: RESTRICTED,
    volumeMounts: [mount('data', PATHS.volume)],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: expiry.claim } }]
  const made = job(metadata, {}, { pod }, { before: [], main, volumes })
  const template = made.spec?.template
  if (!template?.spec) return made
  template.spec.nodeName = node
  return { ...made, spec: { ...made.spec, activeDeadlineSeconds: DEADLINE_SECONDS, template } }
}
