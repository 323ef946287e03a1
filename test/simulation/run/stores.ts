import { AGENT_IMAGE } from '../kubernetes/create.ts'
import type { KubernetesWorld } from '../kubernetes/world.ts'
import { OPERATOR_NAMESPACE, SECRET } from './staff.ts'

const CREDENTIALS = 'store-credentials'

/** The one store of a cluster that has one. */
export const STORE = { name: 'main', s3: { bucket: 'backups', credentialsSecret: CREDENTIALS } } as const

/** What must be there for a store to be used: the Secret that it names, and where the operator lives. */
export const prepareStore = ({ objects, createNamespace }: KubernetesWorld): void => {
  createNamespace(OPERATOR_NAMESPACE)
  const stringData = { AWS_ACCESS_KEY_ID: 'backups', AWS_SECRET_ACCESS_KEY: `${SECRET}OfTheStore` }
  const metadata = { namespace: 'default', name: CREDENTIALS }
  objects.create({ apiVersion: 'v1', kind: 'Secret', metadata, ...{ stringData } }, 'person')
}

/** The pod of a worker, from which it knows the image of the agent. Its node is not simulated. */
export const enrol = ({ objects }: KubernetesWorld, name: string): void => {
  const metadata = { namespace: OPERATOR_NAMESPACE, name }
  const spec = { nodeName: 'node-of-the-operator', containers: [{ name: 'worker', image: AGENT_IMAGE }] }
  objects.create({ apiVersion: 'v1', kind: 'Pod', metadata, ...{ spec } }, 'person')
}
