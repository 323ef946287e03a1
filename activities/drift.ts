import { digest } from '../src/domain/digest.ts'
import { driftOf } from '../src/domain/drift.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Kind, ObjectMeta } from '../src/kubernetes/kinds.ts'
import type { Applicable } from '../src/kubernetes/port.ts'
import type { Ports } from './ports.ts'

/** What was found under the name of a desired object, before it was applied. */
export interface Found {
  readonly kind: Kind
  readonly name: string
  readonly object: Applicable
  readonly metadata: ObjectMeta | undefined
}

/** Their absence is told of: the others are made and left behind in the course of changes. */
const LASTING: readonly Kind[] = ['Service', 'StatefulSet', 'PodDisruptionBudget']
const SHOWN = 5

const noteOf = ({ kind, name, object, metadata }: Found): string | undefined => {
  if (!metadata) return LASTING.includes(kind) ? `${kind} ${name} was gone: made again.` : undefined
  const drifts = driftOf(object, metadata.managedFields ?? [], FIELD_MANAGER)
  if (drifts.length === 0) return undefined
  const who = drifts.map(({ manager, fields }) => {
    const more = fields.length > SHOWN ? ` and ${fields.length - SHOWN} more` : ''
    return `${manager} (${fields.slice(0, SHOWN).join(', ')}${more})`
  })
  return `${kind} ${name} was changed by field manager ${who.join(', ')}: put back as declared.`
}

/** Publishes an event for each object that others had changed or deleted, and each Secret and pod that got back what it had lost. */
export const tellDrift = async (
  ports: Ports,
  ref: ClusterRef,
  found: readonly Found[],
  { restored, labelled }: { readonly restored: readonly string[]; readonly labelled: readonly string[] },
): Promise<void> => {
  const { kubernetes, clock, instance } = ports
  const now = new Date(clock.now()).toISOString()
  const tell = (note: string, occasion: string): Promise<void> =>
    publishEvent(
      kubernetes,
      ref,
      { type: 'Warning', reason: 'DriftCorrected', action: 'Apply', note },
      occasion,
      instance,
      now,
    )
  const told = new Set<string>()
  for (const one of found) {
    const note = noteOf(one)
    // What is found again, as only its status was written meanwhile, is told once.
    if (note && told.has(note)) continue
    if (note) told.add(note)
    // The state that was found names the occasion; a deletion has none, and is one a time it is found.
    if (note) await tell(note, digest([one.metadata?.uid, one.metadata?.resourceVersion ?? now]))
  }
  for (const name of labelled) await tell(`Pod ${name} had lost its labels: put back.`, now)
  for (const name of restored) await tell(`Secret ${name} was deleted: made again with what it held.`, now)
}
