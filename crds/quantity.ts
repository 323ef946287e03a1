import * as z from 'zod'

const PATTERN = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/

/** A Kubernetes quantity as people write it: `500m`, `1Gi`, or a bare number. */
export const QuantitySchema = z
  .union([z.int(), z.string().regex(PATTERN)])
  .meta({ 'x-kubernetes-int-or-string': true, pattern: PATTERN.source, maxLength: 32 })

/** A quantity that must carry its unit, so that CEL can compare it. */
export const SizeSchema = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(M|G|T|P|Mi|Gi|Ti|Pi)$/)
