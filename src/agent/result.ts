import * as z from 'zod'
import { ERRORS, type ErrorCode, type OperatorError } from '../domain/errors.ts'
import type { Manifest } from './manifest.ts'
import type { Proof } from './verify.ts'

/** Kubelet keeps 4096 bytes of what a container leaves. A set of transactions that is longer stands in the manifest alone. */
const LONGEST_GTIDS = 2048
const LONGEST_DETAIL = 1024

const isCode = (code: string): code is ErrorCode => code in ERRORS

/** How a Job ended, as it tells the operator through the status of its pod. */
export const ResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('Succeeded'),
    version: z.string(),
    gtids: z.string().optional(),
    bytes: z.int(),
    storedBytes: z.int(),
    parts: z.int(),
    donor: z.string(),
    /** Of a backup that was restored to be looked at. */
    proof: z.object({ checked: z.int(), compared: z.int(), rows: z.int() }).optional(),
  }),
  z.object({ kind: z.literal('Removed'), objects: z.int() }),
  z.object({ kind: z.literal('Failed'), code: z.string().refine(isCode), detail: z.string() }),
])
export type Result = z.output<typeof ResultSchema>

export const succeeded = (manifest: Manifest, proof?: Proof): string => {
  const { version, gtids, bytes, storedBytes, parts, donor } = manifest
  const short = gtids.length <= LONGEST_GTIDS ? { gtids } : {}
  const result: Result = {
    kind: 'Succeeded',
    ...{ version, ...short, bytes, storedBytes, parts: parts.length, donor },
    ...(proof ? { proof } : {}),
  }
  return JSON.stringify(result)
}

export const removed = (objects: number): string => JSON.stringify({ kind: 'Removed', objects } satisfies Result)

export const failed = ({ code, detail }: OperatorError): string => {
  const result: Result = { kind: 'Failed', code, detail: detail.slice(0, LONGEST_DETAIL) }
  return JSON.stringify(result)
}

/** Reads what a container left; undefined when it is not of an agent, as when it was killed. */
export const readResult = (message: string | undefined): Result | undefined => {
  try {
    return ResultSchema.safeParse(JSON.parse(message ?? '')).data
  } catch {
    return undefined
  }
}
