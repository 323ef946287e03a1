import type { V1Container, V1Pod } from '@kubernetes/client-node'
import { PATHS, renderMyCnf } from '../mycnf.ts'
import { MADE_ANNOTATION, objectLabels, objectNames, ownerReference } from '../names.ts'
import { CHECK, EXIT } from './check.ts'
import type { ClusterInput } from './cluster.ts'
import { RESTRICTED } from './job-pod.ts'
import { declaredParts, madeFrom } from './statefulset.ts'

/** The user of the official mysql images. */
const MYSQL_USER = 999

/**
 * Has mysqld read the settings, which takes it a few hundredths of a second and no data (MySQL manual, "Server Configuration
 * Validation"). What it finds wrong with a setting of InnoDB is an error in its log, and yet no failure: hence the second look.
 * One that reads them says its version.
 */
const TRY = `printf '%s' "$CHECK" > ${PATHS.run}/check.sh
sh ${PATHS.run}/check.sh || exit $?
printf '%s' "$SETTINGS" > ${PATHS.run}/my.cnf
said=$(mysqld --defaults-file=${PATHS.run}/my.cnf --validate-config 2>&1)
code=$?
printf '%s\\n' "$said" >&2
case $said in *'[ERROR]'*) [ $code != 0 ] || exit ${EXIT.refused} ;; esac
[ $code = 0 ] && mysqld --version > /dev/termination-log
exit $code
`

const container = ({ ref, spec }: ClusterInput): V1Container => ({
  name: 'mysqld',
  image: spec.image,
  command: ['sh', '-c', TRY],
  env: [
    { name: 'CHECK', value: CHECK },
    { name: 'SETTINGS', value: renderMyCnf(spec, ref.uid) },
  ],
  // It is not to wait for room that only a member needs.
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
  securityContext: RESTRICTED,
  volumeMounts: [
    { name: 'run', mountPath: PATHS.run },
    { name: 'tmp', mountPath: '/tmp' },
  ],
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

/**
 * A pod that ends well when members can be made as `input` declares: its image can be had, is a MySQL that the operator
 * knows, and starts with these settings. It has none of the labels of members, no data, no secrets, and takes no room to speak of.
 */
export const trial = (input: ClusterInput): V1Pod => {
  const { ref, spec } = input
  const { pod } = spec
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: objectNames(ref.name).trial,
      namespace: ref.namespace,
      labels: { ...objectLabels(ref.name, 'trial'), 'app.kubernetes.io/name': 'mysql-trial' },
      annotations: { [MADE_ANNOTATION]: madeFrom(declaredParts(spec)) ?? '' },
      ownerReferences: [ownerReference(ref)],
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsUser: MYSQL_USER,
        runAsGroup: MYSQL_USER,
        fsGroup: MYSQL_USER,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(input)],
      volumes: [
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
        { name: 'tmp', emptyDir: {} },
      ],
      ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
      ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
      ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets } : {}),
      ...(pod.tolerations ? { tolerations: pod.tolerations } : {}),
      ...(pod.affinity ? { affinity: pod.affinity } : {}),
    },
  }
}
