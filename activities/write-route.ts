import type { MySQLClusterStatus } from '../crds/mysqlcluster-status.ts'
import { sleep } from '../src/clock.ts'
import { isReady } from '../src/domain/cluster-state.ts'
import { PORTS } from '../src/domain/names.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Ports } from './ports.ts'

const WAIT_MS = 2_000
const POLL_MS = 100

/**
 * True while the nodes refuse connections to the write Service, as kube-proxy does as long as it knows of no endpoint: it hears of
 * a new one up to a second late. Asked only before Ready is told, and only where `knock` is at hand. Waits for up to two seconds
 * until they no longer do. What neither takes nor refuses a connection proves nothing, and counts as taken.
 */
export const refusesWrites = async (
  { clock, knock }: Pick<Ports, 'clock' | 'knock'>,
  status: MySQLClusterStatus | undefined,
  service: Kinds['Service'] | undefined,
): Promise<boolean> => {
  const address = service?.spec?.clusterIP
  if (!knock || !address || address === 'None' || status?.conditions?.some(isReady)) return false
  const until = clock.now() + WAIT_MS
  for (;;) {
    if ((await knock(address, PORTS.mysql)) !== 'Refused') return false
    if (clock.now() >= until) return true
    await sleep(clock, POLL_MS)
  }
}
