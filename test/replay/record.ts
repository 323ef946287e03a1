import { parseArgs } from 'node:util'
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import { localCluster } from '../../deploy/local/cluster.ts'
import { chaptersOf } from './chapters.ts'
import { nameToday, recordedNames, writeRecorded } from './files.ts'
import { bundleOf, replay, silence } from './replay.ts'

/**
 * `make record-histories`: takes the histories of clusters' workflows from the local Temporal, and keeps of each kind of
 * story the shortest that replays with the workflows of this checkout. Stories that are recorded already
 * stay as they are, unless told to record them again.
 */

const { values } = parseArgs({
  options: { of: { type: 'string', default: 'mysql-cluster/' }, again: { type: 'boolean', default: false } },
})
const say = (text: string): boolean => process.stdout.write(`${text}\n`)

interface Found {
  readonly workflowId: string
  readonly history: History
}

const lengthOf = ({ history }: Found): number => history.events?.length ?? 0

const connection = await Connection.connect({ address: localCluster().temporalAddress })
const client = new Client({ connection })
const fetchHistory = ({ workflowId, runId }: WorkflowExecutionInfo): Promise<History> =>
  client.workflow.getHandle(workflowId, runId).fetchHistory()

silence()
const bundle = await bundleOf()
const stories = new Map<string, Found[]>()
for await (const info of client.workflow.list({ query: 'WorkflowType = "mysqlCluster"' })) {
  if (!info.workflowId.includes(values.of)) continue
  const found = { workflowId: info.workflowId, history: await fetchHistory(info) }
  const chapters = chaptersOf(found.history)
  if (chapters.length === 0) continue
  const name = nameToday(chapters)
  stories.set(name, [...(stories.get(name) ?? []), found])
}

const known = new Set(values.again ? [] : recordedNames())
for (const [name, candidates] of [...stories].toSorted(([a], [b]) => a.localeCompare(b))) {
  if (known.has(name)) {
    say(`${name}: recorded already`)
    continue
  }
  for (const found of candidates.toSorted((a, b) => lengthOf(a) - lengthOf(b))) {
    const error = await replay(bundle, found)
    if (error) say(`${name}: not recorded, as it does not replay (${found.workflowId})`)
    else {
      say(`${writeRecorded({ name, ...found })}: ${lengthOf(found)} events`)
      break
    }
  }
}
await connection.close()
process.exit(0)
