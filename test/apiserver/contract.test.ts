import { beforeAll } from '@jest/globals'
import { describeKubernetes } from '../support/kubernetes-contract.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
let namespace = ''
beforeAll(async () => {
  namespace = await stage().namespace()
})

describeKubernetes(() => ({ kubernetes: stage().kubernetes, namespace }))
