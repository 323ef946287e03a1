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
  TEMPORAL_TLS: z.enum(['on', 'off']).default('off'),
  TEMPORAL_TLS_CA_FILE: z.string().default(''),
  TEMPORAL_TLS_CERT_FILE: z.string().default(''),
  TEMPORAL_TLS_KEY_FILE: z.string().default(''),
  TEMPORAL_TLS_SERVER_NAME: z.string().default(''),
  TEMPORAL_API_KEY_FILE: z.string().default(''),
  TEMPORAL_ENCRYPTION_KEYS_DIR: z.string().default(''),
  POD_NAME: z.string().default('local'),
  POD_NAMESPACE: z.string().default('mysql-operator-system'),
  WATCH_NAMESPACES: list.default([]),
  CLUSTER_DOMAIN: z.string().default('cluster.local'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
})
export type Settings = z.output<typeof EnvironmentSchema>

const NEED_TLS = [
  'TEMPORAL_TLS_CA_FILE',
  'TEMPORAL_TLS_CERT_FILE',
  'TEMPORAL_TLS_KEY_FILE',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_API_KEY_FILE',
] as const

/** What is wrong with settings each of which would do for itself. */
const contradictions = (settings: Settings): readonly string[] => {
  const { TEMPORAL_TLS_CERT_FILE: certificate, TEMPORAL_TLS_KEY_FILE: key } = settings
  const [has, lacks] = certificate ? ['CERT', 'KEY'] : ['KEY', 'CERT']
  return [
    ...NEED_TLS.filter((name) => settings[name] && settings.TEMPORAL_TLS === 'off').map(
      (name) => `${name}: it is for TLS only, which is off: set TEMPORAL_TLS to "on", or leave it away`,
    ),
    ...(Boolean(certificate) === Boolean(key)
      ? []
      : [
          `TEMPORAL_TLS_${lacks}_FILE: a certificate and its key go together: set it, too, or leave TEMPORAL_TLS_${has}_FILE away`,
        ]),
  ]
}

/** Reads the settings. Throws with the name of each variable that cannot be used, and why. */
export const readSettings = (environment: NodeJS.ProcessEnv): Settings => {
  const parsed = EnvironmentSchema.safeParse(environment)
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  if (parsed.success && problems.length === 0) return parsed.data
  throw new Error(problems.join('; '))
}
