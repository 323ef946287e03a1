import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../problem.ts'
import { type ClusterObject, isReady, watchCluster } from './cluster-status.ts'
import { evidence } from './evidence.ts'
import { OPERATOR_NAMESPACE } from './install.ts'
import { dim, green, type Stage, yellow } from './screen.ts'
import type { Target } from './target.ts'

const LIMIT_MS = 10 * 60_000

const memberLines = ({ metadata, spec, status }: ClusterObject): readonly string[] => {
  const members = new Map(status?.members?.map((member) => [member.name, member]))
  const expected = Array.from({ length: spec.size }, (_, ordinal) => `${metadata.name}-${ordinal}`)
  const names = [...new Set([...expected, ...members.keys()])]
  const width = Math.max(...names.map((name) => name.length))
  return names.map((name) => {
    const { state = 'not there yet', role = 'none' } = members.get(name) ?? {}
    const padded = state.padEnd(14)
    const shown =
      state === 'ONLINE' ? green(padded) : role === 'none' && !members.has(name) ? dim(padded) : yellow(padded)
    return `${name.padEnd(width)}   ${shown} ${role === 'none' ? '' : role}`.trimEnd()
  })
}

const headline = ({ metadata, status }: ClusterObject): string => {
  if (!status?.phase) return 'declared; the operator has not seen it yet'
  if (status.observedGeneration !== metadata.generation)
    return 'declared anew; the operator has not seen the change yet'
  return `${status.phase}: ${status.message ?? ''}`
}

/** Shows the cluster's progress on `stage` until it is ready as declared, and returns it. */
export const followUntilReady = async (
  target: Target,
  cluster: { readonly name: string; readonly namespace: string },
  stage: Stage,
): Promise<ClusterObject> => {
  const stop = new AbortController()
  let seen: ClusterObject | undefined
  const follow = async (): Promise<ClusterObject | undefined> => {
    for await (const object of watchCluster(target.kubectl, cluster.name, cluster.namespace, stop.signal)) {
      seen = object
      stage.say(headline(object), memberLines(object))
      if (isReady(object)) return object
    }
    return undefined
  }
  const limit = sleep(LIMIT_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  try {
    const ready = await Promise.race([follow(), limit])
    if (ready) return ready
  } finally {
    stop.abort()
  }
  const text = seen ? [headline(seen), ...memberLines(seen)].map((line) => `  ${line}`).join('\n') : '  (not seen)'
  throw new Problem(
    `${cluster.name} is not ready after ${LIMIT_MS / 60_000} minutes:\n${text}\n${await evidence(target.kubectl, [cluster.namespace, OPERATOR_NAMESPACE])}`,
    'see what it waits for above, and step by step in the Temporal UI; everything is left running',
  )
}
