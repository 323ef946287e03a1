import { type DestinationStream, type Logger, pino } from 'pino'
import { OperatorError } from './domain/errors.ts'

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

/** An expected error is a line: its code, what happened, and what lies beneath. Anything else keeps its stack. */
const describeError = (error: unknown): unknown => {
  if (!(error instanceof OperatorError)) return error instanceof Error ? pino.stdSerializers.errWithCause(error) : error
  const causes: string[] = []
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) causes.push(cause.message)
  return { code: error.code, message: error.message, ...(causes.length > 0 ? { causes } : {}) }
}

/** The log of a process: JSON lines, with anything that is named like a secret taken out, at any of the first levels. */
export const createLog = (level: string, role: string, destination: DestinationStream = pino.destination(1)): Logger =>
  pino(
    {
      level,
      base: { role },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]),
        censor: '[redacted]',
      },
      serializers: { err: describeError },
    },
    destination,
  )
