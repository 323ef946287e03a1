import type { ArchiveReport } from '../src/domain/archive-report.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { archiverLabels } from '../src/domain/objects/archiver.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'

export type AskArchive = (ip: string) => Promise<ArchiveReport | undefined>

/** What the pod that archives the binary log of a cluster tells of itself; undefined where there is none, or it does not answer. */
export const readArchive = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  ask: AskArchive,
): Promise<ArchiveReport | undefined> => {
  const pods = await kubernetes.list('Pod', ref.namespace, archiverLabels(ref.name))
  const ip = pods.find(({ metadata }) => !metadata.deletionTimestamp)?.status?.podIP
  return ip === undefined ? undefined : ask(ip)
}
