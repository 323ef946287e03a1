import type { GtidSet } from '../../../src/domain/gtid.ts'
import type { Network } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import type { Group } from './group.ts'
import type { Links } from './links.ts'
import type { Server } from './server.ts'
import type { Bootstrap, Forced, Leaving, SimVolume, Stranger } from './world.ts'

/** All that there is in the simulated MySQL, as its parts share it. */
export interface Scene {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly network: Network
  readonly links: Links
  readonly refuses: (configuration: string) => boolean
  /** Processes that run, by the uid of their pod. */
  readonly servers: Map<string, Server>
  readonly groups: Set<Group>
  readonly bootstraps: Bootstrap[]
  readonly forced: Forced[]
  readonly strangers: Stranger[]
  readonly leavings: Leaving[]
  /** What was on volumes that are gone, or in data that were dropped for a copy. */
  readonly discarded: SimVolume[]
  acknowledged: GtidSet
  nextSession: number
}

/** True when two members hear each other. */
export const hear = (scene: Scene, a: Server, b: Server): boolean =>
  (b.phase === 'Running' || b.phase === 'Stopping') && scene.links.between(a.spec.podUid, b.spec.podUid)
