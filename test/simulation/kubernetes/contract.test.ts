import { beforeAll } from '@jest/globals'
import { describeKubernetes } from '../../support/kubernetes-contract.ts'
import { type Bench, createBench, createProcess, drivenPort } from './bench.ts'

let bench: Bench
beforeAll(() => {
  bench = createBench()
  bench.world.faults.controllersStopped = true
  bench.world.createNamespace('test')
})

describeKubernetes(() => ({
  kubernetes: drivenPort(bench, bench.world.port(createProcess('operator'))),
  namespace: 'test',
}))
