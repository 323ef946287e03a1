import type { Subject } from './kubernetes-contract/actions.ts'
import { describeApplying } from './kubernetes-contract/applying.ts'
import { describeClusters } from './kubernetes-contract/clusters.ts'
import { describeDeletion } from './kubernetes-contract/deletion.ts'
import { describeObjects } from './kubernetes-contract/objects.ts'

/** What the operator relies on in an API server. It is held to it by the real one and by the simulated one alike. */
export const describeKubernetes = (subject: () => Subject): void => {
  describeObjects(subject)
  describeApplying(subject)
  describeClusters(subject)
  describeDeletion(subject)
}
