import * as z from 'zod'
import { OperatorError } from '../domain/errors.ts'

const StatusSchema = z.object({ reason: z.string().optional(), message: z.string().optional() })

/** The reason and message of a `metav1.Status`, which is what the API server answers when it refuses. */
const parseStatus = (body: string): { reason?: string | undefined; message?: string | undefined } => {
  try {
    return StatusSchema.parse(JSON.parse(body))
  } catch {
    return {}
  }
}

/** What the API server answers, as HTTP 500, to an apply with a field that the kind does not have. */
const MALFORMED = /failed to create typed patch object/

/** The error of our table for an answer of the API server that is no success. Never holds headers or bodies. */
export const refusal = (request: string, status: number, body: string): OperatorError => {
  const { message } = parseStatus(body)
  const detail = `${request}: ${message ?? `HTTP ${status}`}`
  if (status === 401 || status === 403) return new OperatorError('Forbidden', detail)
  if (status === 409) return new OperatorError('Conflict', detail)
  if (MALFORMED.test(message ?? '')) return new OperatorError('KubernetesRefused', detail)
  if (status === 429 || status >= 500) return new OperatorError('KubernetesUnavailable', detail)
  return new OperatorError('KubernetesRefused', detail)
}
