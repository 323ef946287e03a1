import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import type { LeaderPorts } from '../../../src/leader.ts'
import { startLeading } from '../../../src/leader.ts'
import { createNotifier } from '../../../src/temporal/notifier.ts'
import { createStrays } from '../../../src/temporal/strays.ts'
import type { KubernetesWorld } from '../kubernetes/world.ts'
import type { MySQLWorld } from '../mysql/world.ts'
import { createClient } from '../temporal/client.ts'
import type { TemporalServer } from '../temporal/server.ts'
import type { Network } from '../world/network.ts'
import type { Story } from '../world/story.ts'
import { gated, type SimProcess } from './process.ts'

export const DOMAIN = 'cluster.local'

export interface OperatorParts {
  readonly story: Story
  readonly network: Network
  readonly kubernetes: KubernetesWorld
  readonly mysql: MySQLWorld
  readonly temporal: TemporalServer
}

const textOf = (first: unknown, message: unknown): string => {
  if (typeof first === 'string') return first
  const { err, ...rest } = first as { err?: unknown }
  const facts = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return [message, ...facts, ...(err instanceof Error ? [err.message] : [])].join(' ')
}

/** A log that is told as a part of the story. */
export const storyLog = (story: Story, who: string): Logger => {
  const say = (first: unknown, message?: unknown): void => story.tell(who, textOf(first, message))
  const log = { info: say, warn: say, error: say, debug: say, child: () => log }
  // Of a logger, nothing else is used.
  return log as unknown as Logger
}

/** What src/operator.ts starts once it leads, in one simulated process. */
export const startOperator = (parts: OperatorParts, process: SimProcess): void => {
  const { story, network, kubernetes, mysql, temporal } = parts
  const log = storyLog(story, process.name)
  const client = gated(process, createClient(temporal, network, process))
  const inform: LeaderPorts['inform'] = (options) => {
    const { onChange } = options
    return kubernetes.inform(process)({
      ...options,
      onChange: (change, object) => process.running(() => onChange(change, object)),
    })
  }
  startLeading(
    {
      kubernetes: gated(process, kubernetes.port(process)),
      mysql: gated(process, mysql.port(process)),
      clock: process.clock,
      domain: DOMAIN,
      inform,
      tell: createNotifier(client, 'simulation', log, process.clock),
      tellStray: createStrays(client, 'simulation', log, process.clock),
      tellDiscard: createStrays(client, 'simulation', log, process.clock, 'discardBackup'),
      askArchive: async () => undefined,
      running: client.running,
      metrics: new Registry(),
    },
    log,
    new AbortController().signal,
  )
}
