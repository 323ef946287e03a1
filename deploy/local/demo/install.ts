import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stringify } from 'yaml'
import { Problem } from '../problem.ts'
import { evidence } from './evidence.ts'
import type { Stage } from './screen.ts'
import type { Target } from './target.ts'

export const OPERATOR_NAMESPACE = 'mysql-operator-system'
const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
const OVERLAY = join(REPOSITORY, 'build', 'demo')
const IMAGE_ANNOTATION = 'example.com/image-id'
const ROLLOUT = '240s'

const parsedImage = (image: string): { newName: string; newTag?: string; digest?: string } => {
  const [name = '', digest] = image.split('@')
  const colon = name.lastIndexOf(':')
  const tagged = colon > name.lastIndexOf('/')
  return {
    newName: tagged ? name.slice(0, colon) : name,
    ...(tagged ? { newTag: name.slice(colon + 1) } : {}),
    ...(digest ? { digest } : {}),
  }
}

/** The target's manifests with what is known only now. It stays in build/demo, to be looked at and applied by hand. */
const overlay = (target: Target, imageId: string): object => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  namespace: OPERATOR_NAMESPACE,
  resources: [relative(OVERLAY, join(REPOSITORY, target.manifests))],
  ...(target.operatorImage
    ? { images: [{ name: 'temporal-mysql-operator', ...parsedImage(target.operatorImage) }] }
    : {}),
  ...(target.temporalAddress
    ? {
        configMapGenerator: [
          { name: 'settings', behavior: 'merge', literals: [`TEMPORAL_ADDRESS=${target.temporalAddress}`] },
        ],
      }
    : {}),
  patches: [
    {
      target: { kind: 'Deployment' },
      // The tag stays when the image changes; with this, the pods are replaced then, and only then.
      patch: stringify([
        { op: 'add', path: '/spec/template/metadata/annotations', value: { [IMAGE_ANNOTATION]: imageId } },
      ]),
    },
  ],
})

/** Installs the operator as it is in this checkout, and resolves when all its pods are ready. */
export const installOperator = async (target: Target, imageId: string, stage: Stage): Promise<void> => {
  stage.say('applying CRDs, RBAC and Deployments')
  await mkdir(OVERLAY, { recursive: true })
  await writeFile(join(OVERLAY, 'kustomization.yaml'), stringify(overlay(target, imageId)))
  await target.kubectl.run(['apply', '--server-side', '--force-conflicts', '-k', OVERLAY])
  stage.say('waiting for its pods')
  const namespace = ['--namespace', OPERATOR_NAMESPACE]
  const rollouts = await Promise.all(
    ['operator', 'worker'].map(async (name) => ({
      name,
      result: await target.kubectl.attempt(
        [...namespace, 'rollout', 'status', `deployment/${name}`, `--timeout=${ROLLOUT}`],
        300_000,
      ),
    })),
  )
  const failed = rollouts.filter(({ result }) => result.code !== 0).map(({ name }) => name)
  if (failed.length > 0)
    throw new Problem(
      `the ${failed.join(' and the ')} did not become ready within ${ROLLOUT}\n${await evidence(target.kubectl, [OPERATOR_NAMESPACE])}`,
      target.kind === 'local'
        ? 'see the log above; a worker needs Temporal ("make status"), then "make demo" again'
        : 'see above: the image must be one that the cluster can pull, and Temporal must answer at TEMPORAL_ADDRESS',
    )
  stage.done('in the cluster, with its own image and RBAC')
}
