import { READS_LABEL, ROLE_LABEL, SERVES_LABEL, YES } from './names.ts'
import type { GroupRow } from './snapshot.ts'

/** A pod, as far as readers are concerned. */
export interface ReadPod {
  readonly name: string
  /** Kubernetes leads to it: it is Ready, and not being deleted. */
  readonly ready: boolean
  readonly labels: Readonly<Record<string, string>>
}

export interface ReadEvidence {
  /** The group, as it is believed. */
  readonly rows: readonly GroupRow[]
  readonly pods: readonly ReadPod[]
  /** It holds what the group does not. */
  readonly isErrant: (pod: string) => boolean
  /** Sessions of clients are being ended on it, as it was the primary a moment ago. */
  readonly isLeaving: (pod: string) => boolean
}

/** Which of the read Services lead to a pod. */
export interface Readable {
  readonly reads: boolean
  readonly serves: boolean
}

/**
 * Who is read, by pod. Behind `-any` is every member that is ONLINE and not kept apart; behind `-replicas` are the replicas of
 * these, and the primary as long as none of them is Ready. A pod that is neither ONLINE nor Ready has no readers, and is left out.
 */
export const readersOf = ({ rows, pods, isErrant, isLeaving }: ReadEvidence): ReadonlyMap<string, Readable> => {
  const ready = new Set(pods.filter((pod) => pod.ready).map(({ name }) => name))
  const online = rows.filter(({ state }) => state === 'ONLINE')
  const fit = online.filter(({ pod, role }) => role === 'PRIMARY' || !isErrant(pod))
  const replicas = fit.filter(({ role }) => role !== 'PRIMARY')
  const staying = replicas.filter(({ pod }) => !isLeaving(pod))
  const read = staying.some(({ pod }) => ready.has(pod)) ? staying : replicas
  const readers = read.some(({ pod }) => ready.has(pod)) ? read : fit
  const known = new Set(online.map(({ pod }) => pod))
  return new Map(
    pods
      .filter(({ name }) => ready.has(name) || known.has(name))
      .map(({ name }) => [
        name,
        { reads: readers.some(({ pod }) => pod === name), serves: fit.some(({ pod }) => pod === name) },
      ]),
  )
}

/** The labels of a pod that lead readers to it. */
export const readLabels = ({ reads, serves }: Readable) =>
  ({ [READS_LABEL]: reads ? YES : null, [SERVES_LABEL]: serves ? YES : null }) as const

/**
 * True once the read Services may go by these labels instead of what an older operator had them select: everybody whom they
 * would have to lead to bears them, and there is somebody.
 */
export const areReadersKnown = (pods: readonly ReadPod[]): boolean => {
  const ready = pods.filter((pod) => pod.ready)
  const lacks = (label: string, whom: readonly ReadPod[]): boolean => whom.some(({ labels }) => labels[label] !== YES)
  return (
    ready.some(({ labels }) => labels[READS_LABEL] === YES) &&
    ready.some(({ labels }) => labels[SERVES_LABEL] === YES) &&
    !lacks(
      SERVES_LABEL,
      ready.filter(({ labels }) => labels[ROLE_LABEL] !== undefined),
    ) &&
    !lacks(
      READS_LABEL,
      ready.filter(({ labels }) => labels[ROLE_LABEL] === 'replica'),
    )
  )
}
