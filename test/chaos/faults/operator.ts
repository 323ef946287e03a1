import { ctr } from '../../../deploy/local/containers.ts'
import { kubectl, OPERATOR_NAMESPACE } from '../../e2e/stage/cluster.ts'
import { crash } from '../../e2e/stage/control-plane.ts'

const DEPLOYMENTS = ['operator', 'worker'] as const

const imageOf = async (deployment: string): Promise<string> =>
  kubectl(
    '-n',
    OPERATOR_NAMESPACE,
    'get',
    'deploy',
    deployment,
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  )

const setImage = async (image: string): Promise<void> => {
  for (const deployment of DEPLOYMENTS)
    await kubectl('-n', OPERATOR_NAMESPACE, 'set', 'image', `deploy/${deployment}`, `*=${image}`)
}

const rolledOut = async (): Promise<void> => {
  for (const deployment of DEPLOYMENTS)
    await kubectl('-n', OPERATOR_NAMESPACE, 'rollout', 'status', `deploy/${deployment}`, '--timeout=180s')
}

/** The worker dies without warning. Another pod takes its place: one that dies often is started again by kubelet after minutes only. */
export const killWorker = (): Promise<void> =>
  crash(['worker'], async () => {
    const labelled = ['-l', 'app.kubernetes.io/component=worker']
    await kubectl('-n', OPERATOR_NAMESPACE, 'delete', 'pod', ...labelled, '--grace-period=0', '--force', '--wait=false')
  })

/** Replaces operator and worker by those of an image of another name, and puts the old ones back after `meanwhile`. */
export const replaced = async <T>(meanwhile: () => Promise<T>): Promise<T> => {
  const image = await imageOf('worker')
  const next = `${image}-next`
  const { code, stderr } = await ctr(['images', 'tag', '--force', image, next])
  if (code !== 0) throw new Error(`${image} could not be tagged: ${stderr}`)
  await setImage(next)
  try {
    await rolledOut()
    return await meanwhile()
  } finally {
    await setImage(image)
    await rolledOut()
    await ctr(['images', 'remove', next])
  }
}
