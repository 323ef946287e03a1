import type { AgentPorts } from './backup.ts'
import { readManifest } from './backup.ts'
import { MANIFEST } from './manifest.ts'
import { patiently } from './parts.ts'
import type { DiscardTask } from './task.ts'

/**
 * Removes a backup from its store, its manifest first: what is left of it when this ends half-way is no backup any more. Of
 * leftovers only what no manifest names. Resolves with how many objects were removed.
 */
export const discard = async (ports: AgentPorts, { path, what }: DiscardTask): Promise<number> => {
  const { store, clock, say } = ports
  const manifest = what === 'Leftovers' ? await readManifest(ports, path) : undefined
  const kept = new Set(
    manifest ? [MANIFEST, ...manifest.parts.map(({ key }) => key)].map((key) => `${path}/${key}`) : [],
  )
  const found = (await patiently(clock, () => store.list(`${path}/`))).map(({ key }) => key)
  const going = found.filter((key) => !kept.has(key))
  const isManifest = (key: string): boolean => key === `${path}/${MANIFEST}`
  let removed = 0
  for (const key of [...going.filter(isManifest), ...going.filter((key) => !isManifest(key))]) {
    await patiently(clock, () => store.remove(key))
    removed += 1
    say('removing', { removed, of: going.length })
  }
  return removed
}
