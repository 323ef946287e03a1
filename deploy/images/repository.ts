import { join } from 'node:path'

/** The checkout that images are built from. */
export const REPOSITORY = join(import.meta.dirname, '..', '..')

/** The prepared context of the operator's image. */
export const CONTEXT = join(REPOSITORY, 'build', 'image')
