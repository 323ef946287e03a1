import { localCluster } from '../../deploy/local/cluster.ts'
import setup from '../e2e/setup.ts'
import { kubectl } from '../e2e/stage/cluster.ts'
import { declare, healthy, type Key } from '../e2e/stage/mysqlcluster.ts'
import { openBrowser, type Page } from './browser.ts'

/**
 * `make look-ui`: the Temporal UI as a new user sees it, on a cluster of its own: it is made, looked at, deleted, looked at
 * again. Fails when a text that one needs is not shown; pictures are left in test/artefacts/ui for a person to judge.
 */

const KEY: Key = { namespace: 'look-ui', name: 'shop' }
const MEMBERS = [0, 1, 2].map((ordinal) => `${KEY.name}-${ordinal}`)
const PICTURES = new URL('../artefacts/ui/', import.meta.url).pathname
const ROOT = `${localCluster().temporalUi}/namespaces/default/workflows`

const say = (text: string): boolean => process.stdout.write(`${text}\n`)

/** Opens a page, waits until it shows all that is wanted, and takes a picture. */
const look = async (page: Page, name: string, url: string, wanted: readonly string[]): Promise<string> => {
  await page.open(url)
  const text = await page.shows(wanted)
  await page.screenshot(`${PICTURES}${name}.png`)
  say(`${name}: shows ${wanted.map((part) => `"${part}"`).join(', ')}`)
  return text
}

const lookAtLife = async (page: Page, id: string, run: string): Promise<void> => {
  await look(page, '1-list', ROOT, [id, 'mysqlCluster', 'Running'])
  const workflow = `${ROOT}/${encodeURIComponent(id)}/${run}`
  const timeline = await look(page, '2-timeline', `${workflow}/timeline`, [
    id,
    'make the objects as declared (generation 1)',
    'make the group from shop-',
    'Creating: ',
    'Healthy: All 3 members are online; shop-',
  ])
  const joined = MEMBERS.filter((pod) => timeline.includes(`bring ${pod} into the group`))
  if (joined.length !== 2) throw new Error(`the timeline shows ${joined.length} joins instead of 2:\n${timeline}`)
  await look(page, '3-history', `${workflow}/history`, ['Timer Started', 'Healthy: All 3 members are online'])
  await look(page, '4-details', `${workflow}/user-metadata`, [
    'MySQLCluster look-ui/shop',
    'Looks after the MySQLCluster shop in namespace look-ui',
    'look-ui/shop: Healthy',
    'All 3 members are online',
    'Now: nothing to do',
    'Member',
    'Version',
    'ONLINE',
    'primary',
    ...MEMBERS,
  ])
}

await setup()
await kubectl('create', 'namespace', KEY.namespace)
const browser = await openBrowser()
try {
  await declare(KEY, { size: 3, storage: { onDelete: 'Delete' } })
  const workflow = (await healthy(KEY)).status?.workflow
  if (!workflow) throw new Error('the status names no workflow')
  await lookAtLife(browser.page, workflow.id, workflow.runId)
  await kubectl('-n', KEY.namespace, 'delete', 'mc', KEY.name, '--timeout=180s')
  const ended = `${ROOT}/${encodeURIComponent(workflow.id)}/${workflow.runId}`
  await look(browser.page, '5-timeline-of-a-deleted-cluster', `${ended}/timeline`, ['Completed', 'end the cluster'])
  await look(browser.page, '6-details-of-a-deleted-cluster', `${ended}/user-metadata`, ['look-ui/shop: gone'])
} finally {
  await browser.close()
  await kubectl('-n', KEY.namespace, 'delete', 'mc', '--all', '--timeout=180s')
  await kubectl('delete', 'namespace', KEY.namespace, '--timeout=180s')
}
process.exit(0)
