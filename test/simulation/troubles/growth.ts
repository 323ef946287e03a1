import { OperatorError } from '../../../src/domain/errors.ts'
import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { later, type Make } from './make.ts'

const CLASS = 'standard'
const [BEFORE, AFTER] = ['10Gi', '20Gi']
const AGAIN_MS = 10 * SECOND

/** What was made is told a moment after the group is on record: until then the API server knows no size that one may go back to. */
const shrink = (world: SimWorld): void => {
  try {
    world.user.patch({ storage: { size: BEFORE } })
  } catch (error) {
    if (!(error instanceof OperatorError && error.code === 'KubernetesRefused')) throw error
    world.story.tell('person', error.detail)
    later(world, AGAIN_MS, () => shrink(world))
  }
}

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
  GrowNever: (world) => refusing(world, () => shrink(world)),
} as const satisfies Readonly<Record<string, Make>>

// The keys of an object that is const.
export const GROWTH_NAMES = Object.keys(GROWTH) as readonly (keyof typeof GROWTH)[]
