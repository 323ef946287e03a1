import { refusal } from '../../../src/kubernetes/answer.ts'

/** What the API server answers when it does not do what it was asked to. */
export class StatusError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'StatusError'
    this.status = status
  }

  get body(): string {
    return JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message: this.message,
      code: this.status,
    })
  }
}

export const notFound = (what: string): StatusError => new StatusError(404, `${what} not found`)
export const conflict = (what: string, why: string): StatusError =>
  new StatusError(409, `Operation cannot be fulfilled on ${what}: ${why}`)
export const invalid = (what: string, why: string): StatusError => new StatusError(422, `${what} is invalid: ${why}`)

/** The same as the operator's own error, for those who act without HTTP. */
export const asOperatorError = (request: string, error: unknown): unknown =>
  error instanceof StatusError ? refusal(request, error.status, error.body) : error
