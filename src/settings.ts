import * as z from 'zod'

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

/** The environment of an operator process. Every variable is documented in docs/configuration.md. */
const EnvironmentSchema = z.object({
  TEMPORAL_ADDRESS: z.string().default('localhost:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TASK_QUEUE: z.string().default('mysql-operator'),
  POD_NAME: z.string().default('local'),
  POD_NAMESPACE: z.string().default('mysql-operator-system'),
  WATCH_NAMESPACES: list.default([]),
  CLUSTER_DOMAIN: z.string().default('cluster.local'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
})
export type Settings = z.output<typeof EnvironmentSchema>

/** Reads the settings. Throws with the name of each variable that cannot be used, and why. */
export const readSettings = (environment: NodeJS.ProcessEnv): Settings => {
  const parsed = EnvironmentSchema.safeParse(environment)
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}
