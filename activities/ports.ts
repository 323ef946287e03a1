import type { Clock } from '../src/clock.ts'
import type { Knock } from '../src/kubernetes/knock.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import type { MySQL } from '../src/mysql/port.ts'
import type { Credentials } from '../src/pki/credentials.ts'
import type { Schedules } from '../src/temporal/schedules.ts'
import type { AskArchive } from './archive-report.ts'

/** The world, as activities may touch it. */
export interface Ports {
  readonly kubernetes: Kubernetes
  readonly mysql: MySQL
  /** The DNS domain of the Kubernetes cluster. */
  readonly domain: string
  /** Where the operator's own pods are. */
  readonly operatorNamespace: string
  /** The name of this process in events. */
  readonly instance: string
  /** Tells Temporal that a long activity is alive, and people what it is doing. */
  readonly heartbeat: (progress: string) => void
  readonly clock: Clock
  readonly credentials: Credentials
  readonly schedules: Schedules
  /** What a pod that archives, at this address, tells of itself; undefined when it does not answer. */
  readonly askArchive?: AskArchive
  /** Whether an address takes TCP connections, as an application would find it. */
  readonly knock?: Knock
}
