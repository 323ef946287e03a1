import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { type Make, once } from './make.ts'

const [OLD, NEW, NEWER, DEFECTIVE] = ['mysql:8.0', 'mysql:8.4', 'mysql:9.7', 'mysql:8.4.1']

const runs = ({ mysql }: SimWorld, version: string): number =>
  mysql
    .members()
    .filter(({ state, pod, rows }) => state === 'ONLINE' && rows.find((row) => row.pod === pod)?.version === version)
    .length

/** A person declares an image that the data cannot be given to, and takes that back. */
const wrongly = (world: SimWorld, image: string): void => {
  const { user, lasting } = world
  user.patch({ image })
  lasting(90 * SECOND, () => user.patch({ image: user.wish.image }))
}

const upgrade = ({ user }: SimWorld): void => {
  user.wish.image = NEW
  user.patch({ image: NEW })
}

/** All members are of the new version for good when the old one is declared. */
const downgrade = (world: SimWorld): void => {
  upgrade(world)
  once(
    world,
    () => runs(world, '8.4.0') === world.user.wish.size,
    () => wrongly(world, OLD),
  )
}

/** One member is of the new version when the person thinks better of it. */
const halfway = (world: SimWorld): void => {
  const { user } = world
  user.patch({ image: NEW })
  once(
    world,
    () => runs(world, '8.4.0') === 1,
    () => user.patch({ image: OLD }),
  )
  // It may never come to it.
  world.lasting(200 * SECOND, () => user.patch({ image: OLD }))
}

/** Other versions of MySQL than the data were made by. */
export const VERSIONS = {
  Downgrade: downgrade,
  SkippedVersion: (world) => wrongly(world, NEWER),
  DefectiveVersion: (world) => {
    world.kubernetes.faults.images.add(DEFECTIVE)
    wrongly(world, DEFECTIVE)
  },
  HalfUpgrade: halfway,
} as const satisfies Readonly<Record<string, Make>>
