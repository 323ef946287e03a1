import { type Logger, pino } from 'pino'

const SECRET_KEYS = [
  'password',
  'privateKey',
  'authority',
  'operator',
  'replication',
  'stringData',
  'data',
  'authorization',
  'sql',
  'token',
]

/** The log of a process: JSON lines, with anything that is named like a secret taken out, at any of the first levels. */
export const createLog = (level: string, role: string): Logger =>
  pino({
    level,
    base: { role },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]),
      censor: '[redacted]',
    },
    serializers: { err: pino.stdSerializers.errWithCause },
  })
