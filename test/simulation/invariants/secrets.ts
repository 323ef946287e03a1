import { SECRET } from '../run/staff.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'no secret is in a history, an object that is no Secret, or the log'

/** All that people can read is searched for the one part that every password of the simulation has. */
export const secretsStaySecret = (world: SimWorld): Invariant => {
  const encoded = Buffer.from(SECRET).toString('base64').replace(/=+$/, '').slice(0, -1)
  const has = (text: string): boolean => text.includes(SECRET) || text.includes(encoded)
  world.onHistory((what, text) => {
    if (has(text)) world.violate(RULE, `${what}: ${text.slice(0, 200)}`)
  })
  world.kubernetes.onWrite(({ kind, key, after }) => {
    if (kind !== 'Secret' && after && has(JSON.stringify(after))) world.violate(RULE, `${kind} ${key.name}`)
  })
  return {
    atEnd() {
      const line = world.story.lines.find(({ what }) => has(what))
      if (line) world.violate(RULE, `${line.who}: ${line.what}`)
    },
  }
}
