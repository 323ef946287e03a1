import * as z from 'zod'
import { PROCEDURES } from '../../crds/mysqlcluster-status.ts'
import type { Move } from '../domain/moves.ts'
import { MOVES_ANNOTATION } from '../domain/names.ts'
import type { Kinds } from './kinds.ts'

const Pod = z.string().min(1).max(63)
const Time = z.int().min(0).max(8_640_000_000_000_000)

const MovesSchema = z.array(
  z.object({
    from: z.exactOptional(Pod),
    to: Pod,
    kind: z.enum(['failover', 'handover']),
    missed: Time,
    moved: Time,
    during: z.exactOptional(z.enum(PROCEDURES)),
  }),
)

/** The last moves of the writes, as they stand on the write Service; none when somebody has spoilt the annotation. */
export const readMoves = (service: Kinds['Service'] | undefined): readonly Move[] => {
  try {
    return MovesSchema.parse(JSON.parse(service?.metadata.annotations?.[MOVES_ANNOTATION] ?? '[]'))
  } catch {
    return []
  }
}
