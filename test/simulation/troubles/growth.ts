import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import type { Make } from './make.ts'

const CLASS = 'standard'
const [BEFORE, AFTER] = ['10Gi', '20Gi']

const grow = ({ user }: SimWorld): void => user.patch({ storage: { size: AFTER } })

/** The class lets no volume grow for a while. */
const refusing = (world: SimWorld, over: () => void): void => {
  const { fixedClasses } = world.kubernetes.faults
  fixedClasses.add(CLASS)
  grow(world)
  world.lasting(world.random.fork('growth').between(20, 90) * SECOND, () => {
    fixedClasses.delete(CLASS)
    over()
  })
}

/** A person has volumes grow, on a class that lets them or not. */
export const GROWTH = {
  Grow: (world) => grow(world),
  GrowLater: (world) => refusing(world, () => undefined),
  GrowNever: (world) => refusing(world, () => world.user.patch({ storage: { size: BEFORE } })),
} as const satisfies Readonly<Record<string, Make>>

// The keys of an object that is const.
export const GROWTH_NAMES = Object.keys(GROWTH) as readonly (keyof typeof GROWTH)[]
