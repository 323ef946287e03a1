import { DefaultFailureConverter } from '@temporalio/common'

/** Puts messages and stacks of failures into payloads, which are encrypted as all others. The name is that which Temporal's SDK looks for. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true })
