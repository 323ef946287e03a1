import * as z from 'zod'

const QUANTITY = '^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$'
const SIZE = '^[0-9]+([.][0-9]+)?(M|G|T|P|Mi|Gi|Ti|Pi)$'

/** A text of this pattern. The API server judges it by a rule, as what it says of a pattern is the pattern alone. */
const text = (pattern: string) => z.string().refine((value) => new RegExp(pattern).test(value), `must match ${pattern}`)

/** A Kubernetes quantity as people write it: `500m`, `1Gi`, or a bare number. */
export const QuantitySchema = z.union([z.int().min(0), text(QUANTITY)]).meta({
  'x-kubernetes-int-or-string': true,
  maxLength: 32,
  'x-kubernetes-validations': [
    {
      rule: `type(self) == int ? self >= 0 : self.matches('${QUANTITY}')`,
      message: 'must be a quantity: a number that is not negative, with a unit if need be, such as 500m or 1Gi',
    },
  ],
})

/** A quantity that must carry its unit, so that CEL can compare it. */
export const SizeSchema = text(SIZE).max(32)
export const SIZE_RULE = {
  rule: `self.matches('${SIZE}')`,
  message: 'must be a number with one of the units M, G, T, P, Mi, Gi, Ti, Pi, such as 10Gi',
} as const
