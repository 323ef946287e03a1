import { beforeAll, describe, expect, test } from '@jest/globals'
import type { V1PodTemplateSpec } from '@kubernetes/client-node'
import { backupJob } from '../../src/domain/objects/backup-job.ts'
import { configuration } from '../../src/domain/objects/configuration.ts'
import { podTemplate } from '../../src/domain/objects/pod.ts'
import { restoreJob } from '../../src/domain/objects/restore-job.ts'
import { input } from '../support/clusters.ts'
import { useApiServer } from './stage/jest.ts'
import { type Manifest, render } from './stage/manifests.ts'

const stage = useApiServer()
const NAMESPACE = 'restricted'

beforeAll(async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }
  expect((await stage().ask('POST', '/api/v1/namespaces', namespace)).status).toBe(201)
})

/** What the API server says of a pod of this template, which it does not make. */
const offer = async ({ metadata, spec }: V1PodTemplateSpec) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'pod' }, spec }
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const { status, body } = await stage().ask('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, pod, { query })
  return { status, message: body.message ?? '' }
}
const ADMITTED = { status: 201, message: '' }

/** A member as the StatefulSet's controller makes it: with its volume. */
const member = (over = {}): V1PodTemplateSpec => {
  const { metadata, spec } = podTemplate(input(over), configuration(input(over)).metadata.name, {})
  const data = { name: 'data', persistentVolumeClaim: { claimName: 'data-shop-0' } }
  return {
    ...(metadata ? { metadata } : {}),
    spec: { containers: [], ...spec, volumes: [data, ...(spec?.volumes ?? [])] },
  }
}

describe('a namespace that enforces the standard "restricted" admits', () => {
  test.each([
    ['a member', {}],
    [
      'a member with everything that can be declared',
      {
        size: 5,
        resources: { limits: { cpu: 2, memory: '4Gi' } },
        config: { max_connections: 500 },
        pod: {
          labels: { team: 'a' },
          annotations: { note: 'b' },
          nodeSelector: { disk: 'ssd' },
          tolerations: [{ key: 'db', operator: 'Exists' }],
          imagePullSecrets: [{ name: 'registry' }],
        },
      },
    ],
  ])('%s', async (_, over) => {
    expect(await offer(member(over))).toEqual(ADMITTED)
  })

  const s3 = { region: 'eu', bucket: 'b', pathStyle: true, credentialsSecret: 'keys', caSecret: 'ca' }
  const agent = { image: 'operator:1', pullPolicy: 'Never' }
  const ofBackup = {
    backup: { name: 'nightly', uid: '1a2b3c4d-0000' },
    attempt: 1,
    donor: { pod: 'shop-1', image: 'mysql:9.7' },
    configMap: 'shop-config-1',
  }

  test.each([
    ['an object store', { s3 }],
    ['a volume', { volume: { claimName: 'backups' } }],
  ])('the Jobs of a backup and of a restore with %s', async (_, location) => {
    for (const { spec } of [
      backupJob({ ...input(), ...ofBackup, location, agent }),
      restoreJob({ ...input(), location, path: 'a/b', agent }),
    ])
      expect(spec && (await offer(spec.template))).toEqual(ADMITTED)
  })

  test.each(['base', 'local', 'namespaced'])('operator and worker of %s', async (folder) => {
    const deployments = (await render(folder)).filter(({ kind }) => kind === 'Deployment')
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['operator', 'worker'])
    for (const { spec } of deployments) expect(await offer(spec?.['template'] as V1PodTemplateSpec)).toEqual(ADMITTED)
  })

  test('operator and worker that mount Secrets for Temporal', async () => {
    const components = ['temporal-tls', 'temporal-api-key', 'temporal-encryption', 'network-policies']
    const manifests = await render('base', components)
    const settings = manifests.find(({ kind }) => kind === 'ConfigMap') as Manifest & { data: object }
    const mounted = {
      TEMPORAL_TLS_KEY_FILE: '/etc/temporal/tls/tls.key',
      TEMPORAL_ENCRYPTION_KEYS_DIR: '/etc/temporal/encryption',
    }
    expect(settings.data).toMatchObject({ TEMPORAL_TLS: 'on', WATCH_NAMESPACES: '', ...mounted })
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
    for (const { spec } of deployments) {
      const template = spec?.['template'] as V1PodTemplateSpec
      const paths = template.spec?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)
      expect(paths).toEqual(['/tmp', '/etc/temporal/tls', '/etc/temporal/api-key', '/etc/temporal/encryption'])
      expect(await offer(template)).toEqual(ADMITTED)
    }
  })
})

describe('it refuses a member', () => {
  const broken = (over: object): V1PodTemplateSpec => {
    const template = member()
    const [container, ...others] = template.spec?.containers ?? []
    const securityContext = { ...container?.securityContext, ...over }
    return {
      ...template,
      spec: { ...template.spec, containers: [{ ...container, securityContext }, ...others] } as never,
    }
  }

  test.each<[string, V1PodTemplateSpec, RegExp]>([
    ['that may gain privileges', broken({ allowPrivilegeEscalation: true }), /allowPrivilegeEscalation/],
    ['that keeps its capabilities', broken({ capabilities: {} }), /unrestricted capabilities/],
    ['that runs as root', broken({ runAsUser: 0 }), /runAsUser=0/],
    ['without a seccomp profile', broken({ seccompProfile: { type: 'Unconfined' } }), /seccompProfile/],
  ])('%s', async (_, template, message) => {
    const answer = await offer(template)
    expect(answer.status).toBe(403)
    expect(answer.message).toMatch(message)
  })
})
