import { type Foreign, judgeForeign } from '../domain/errant.ts'
import { ERRANT_ANNOTATION } from '../domain/names.ts'
import type { Routing } from '../domain/routing.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { MemberPoll } from './member-poll.ts'

/** An annotation is for people; which transactions they are is asked anew by whoever acts on it. */
const LENGTH = 1_000

/**
 * By pod: what its member holds and the group does not. One that was found to hold something counts as such until it is seen
 * not to. Who has to be asked once more before it can be told is asked.
 */
export const findErrant = (
  { rows, primary }: Routing,
  pods: readonly Kinds['Pod'][],
  polls: ReadonlyMap<string, MemberPoll>,
): ReadonlyMap<string, string> => {
  const online = rows.filter(({ state }) => state === 'ONLINE').map(({ pod }) => pod)
  const said = new Map<string, Foreign>()
  for (const [pod, poll] of polls) {
    const foreign = poll.foreign()
    if (foreign) said.set(pod, foreign)
  }
  const found = new Map<string, string>()
  for (const { metadata } of pods) {
    const { name } = metadata
    const before = metadata.annotations?.[ERRANT_ANNOTATION]
    if (!online.includes(name)) continue
    const verdict = primary === undefined ? undefined : judgeForeign(name, primary, online, said)
    if (verdict?.kind === 'Unknown') for (const { pod, from } of verdict.ask) polls.get(pod)?.compareAt(from)
    if (verdict?.kind === 'Errant') found.set(name, verdict.gtids.slice(0, LENGTH))
    else if (verdict?.kind !== 'Clean' && before !== undefined) found.set(name, before)
  }
  return found
}
