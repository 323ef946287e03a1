import { setTimeout as sleep } from 'node:timers/promises'
import setup from '../e2e/setup.ts'
import { kubectl, kubernetes, OPERATOR_NAMESPACE } from '../e2e/stage/cluster.ts'
import { declare, healthy } from '../e2e/stage/mysqlcluster.ts'
import { processesOf, type Usage, usageOf } from './processes.ts'
import { type Row, report } from './report.ts'

/** What the operator costs when nothing happens: both its pods and two workers, with clusters that are Healthy. */

const CLUSTERS = 3
const SIZE = Number(process.env['SIZE'] ?? 3)
const SECONDS = Number(process.env['SECONDS'] ?? 120)
const RUNS = Number(process.env['RUNS'] ?? 3)
/** After the last change: compilers and collectors of a process that just worked come to an end, too. */
const REST_SECONDS = Number(process.env['REST'] ?? 180)
const GOAL_PERCENT = 1
const NAMESPACE = 'bench-idle'
const MIB = 2 ** 20

interface Process {
  readonly role: string
  readonly pod: string
  readonly pid: number
  readonly requestedMib: number
}

const operatorProcesses = async (): Promise<readonly Process[]> => {
  const pods = await kubernetes.list('Pod', OPERATOR_NAMESPACE, {})
  return pods.flatMap(({ metadata, spec }) => {
    const requested = spec?.containers[0]?.resources?.requests?.['memory'] ?? ''
    return processesOf(metadata.uid ?? '', 'node').map((pid) => ({
      role: metadata.labels?.['app.kubernetes.io/component'] ?? '',
      pod: metadata.name,
      pid,
      requestedMib: Number.parseInt(requested, 10),
    }))
  })
}

interface Measured extends Process {
  readonly percent: number
  readonly rssMib: number
}

const measure = async (processes: readonly Process[]): Promise<readonly Measured[]> => {
  const before = new Map<number, Usage>(processes.map(({ pid }) => [pid, usageOf(pid)]))
  const start = performance.now()
  await sleep(SECONDS * 1000)
  const seconds = (performance.now() - start) / 1000
  return processes.map((one) => {
    const { cpuSeconds, rssBytes } = usageOf(one.pid)
    const used = cpuSeconds - (before.get(one.pid)?.cpuSeconds ?? Number.NaN)
    return { ...one, percent: (100 * used) / seconds, rssMib: rssBytes / MIB }
  })
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const row = (name: string, unit: string, values: readonly number[], floor: number): Row => {
  const ours = median(values)
  return { name, ours, floor, ratio: ours / floor, runs: values.length, unit }
}

const leader = async (): Promise<string | undefined> =>
  (await kubernetes.get('Lease', { namespace: OPERATOR_NAMESPACE, name: 'mysql-operator' }))?.spec?.holderIdentity

const observe = async (): Promise<readonly Row[]> => {
  const clusters = (await kubectl('get', 'mc', '--all-namespaces', '-o', 'name')).trim().split('\n').length
  const processes = await operatorProcesses()
  const leads = await leader()
  const windows: (readonly Measured[])[] = []
  for (let run = 0; run < RUNS; run++) {
    const measured = await measure(processes)
    windows.push(measured)
    for (const { role, pod, percent, rssMib } of measured)
      console.log(
        `${role}${pod === leads ? ', leads' : ''}: ${percent.toFixed(2)} % of a core, ${rssMib.toFixed(0)} MiB`,
      )
  }
  const titleOf = ({ role, pod }: Process): string =>
    role === 'operator'
      ? pod === leads
        ? 'operator that leads'
        : 'operator that stands by'
      : `worker ${pod.slice(-5)}`
  const cpu = windows.map((measured) => total(measured.map(({ percent }) => percent)))
  return [
    row(`CPU at rest, ${clusters} clusters (floor: goal)`, '% of a core', cpu, GOAL_PERCENT),
    ...processes.map((one, at) =>
      row(
        `RSS, ${titleOf(one)} (floor: request)`,
        'MiB',
        windows.map((measured) => measured[at]?.rssMib ?? Number.NaN),
        one.requestedMib,
      ),
    ),
  ]
}

await setup()
const workers = (
  await kubectl('-n', OPERATOR_NAMESPACE, 'get', 'deploy', 'worker', '-o', 'jsonpath={.spec.replicas}')
).trim()
await kubectl('-n', OPERATOR_NAMESPACE, 'scale', 'deploy/worker', '--replicas=2')
await kubectl('create', 'namespace', NAMESPACE)
try {
  const keys = Array.from({ length: CLUSTERS }, (_, n) => ({ namespace: NAMESPACE, name: `idle-${n}` }))
  for (const key of keys) {
    // What members ask for by default would not fit thrice on a small machine.
    const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }
    await declare(key, { size: SIZE, image: 'mysql:9.7', resources, storage: { onDelete: 'Delete' } })
    await healthy(key)
  }
  await kubectl('-n', OPERATOR_NAMESPACE, 'rollout', 'status', 'deploy/worker', '--timeout=120s')
  await sleep(REST_SECONDS * 1000)
  report('idle', await observe())
} finally {
  await kubectl('-n', OPERATOR_NAMESPACE, 'scale', 'deploy/worker', `--replicas=${workers}`)
  await kubectl('-n', NAMESPACE, 'delete', 'mc', '--all', '--timeout=180s')
  await kubectl('delete', 'namespace', NAMESPACE, '--timeout=180s')
}
process.exit(0)
