import setup from '../e2e/setup.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { declare, healthy } from '../e2e/stage/mysqlcluster.ts'
import { asApp } from '../e2e/stage/sql.ts'
import { provisionFloor } from './floor/script.ts'
import { paired, report } from './report.ts'

const PAIRS = Number(process.env['PAIRS'] ?? 5)
const IMAGE = 'mysql:9.7'

const podsReady = async (namespace: string): Promise<void> => {
  for (;;) {
    const pods = await kubernetes.list('Pod', namespace, {})
    const ready = pods.filter((pod) =>
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    if (ready.length === 3) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Runs `work` in a namespace of its own, which is gone, with all its volumes, before the next begins. */
const inNamespace = async (namespace: string, work: () => Promise<void>): Promise<number> => {
  await kubectl('create', 'namespace', namespace)
  try {
    return await seconds(work)
  } finally {
    await kubectl('-n', namespace, 'delete', 'mc', '--all', '--timeout=180s')
    await kubectl('delete', 'namespace', namespace, '--timeout=180s')
  }
}

const ours = (namespace: string): Promise<number> =>
  inNamespace(namespace, async () => {
    const key = { namespace, name: 'ours' }
    await declare(key, { size: 3, image: IMAGE })
    await healthy(key)
    await asApp(key, 'primary', ['CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)'])
    await podsReady(namespace)
  })

const floor = (namespace: string): Promise<number> =>
  inNamespace(namespace, async () => {
    await provisionFloor(namespace, IMAGE)
    await podsReady(namespace)
  })

await setup()
const pairs: { ours: number; floor: number }[] = []
for (let pair = 0; pair < PAIRS; pair++) {
  const first = pair % 2 === 0
  const a = first ? await ours(`bench-ours-${pair}`) : await floor(`bench-floor-${pair}`)
  const b = first ? await floor(`bench-floor-${pair}`) : await ours(`bench-ours-${pair}`)
  pairs.push(first ? { ours: a, floor: b } : { ours: b, floor: a })
  console.log(`pair ${pair + 1}: ours ${pairs.at(-1)?.ours.toFixed(1)} s, floor ${pairs.at(-1)?.floor.toFixed(1)} s`)
}
report('provision', [paired('apply to 3 members online, routed and Ready', 's', pairs)])
process.exit(0)
