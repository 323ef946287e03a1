import { createActivities } from '../../../activities/index.ts'
import { openSandbox, type Sandbox } from '../../support/sandbox.ts'

/** The real workflows, knowing the names of the real activities. */
export const openSimulation = (): Promise<Sandbox> => {
  const nobody = (): never => {
    throw new Error('only the names are asked for')
  }
  return openSandbox(Object.keys(createActivities(nobody)))
}
