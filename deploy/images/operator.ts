import { join } from 'node:path'
import { Problem } from '../local/problem.ts'
import { ensureArchive, findArchive, type ImageArchive, type Tell } from './archives.ts'
import { type Builder, findBuilder } from './builder.ts'
import { contextInputs, prepareContext } from './context.ts'
import { fingerprint } from './fingerprint.ts'
import { ensureLocalBase, LOCAL_BASE_REFERENCE, localBaseId } from './node-base.ts'
import { CONTEXT, REPOSITORY } from './repository.ts'

export const OPERATOR_REFERENCE = 'localhost/temporal-mysql-operator:dev'

const NAME = 'temporal-mysql-operator'
const OFFICIAL_BASE = 'docker.io/library/node:24-bookworm-slim'

/** A base to build on; its reference names its content, and is known without having it. */
interface Base {
  readonly reference: string
  /** Brings it into the builder's store; false when it is out of reach. */
  readonly obtain: (builder: Builder, tell: Tell) => Promise<boolean>
}

const registryBase = (reference: string): Base => ({ reference, obtain: (builder) => builder.pull(reference) })

const localBase = async (): Promise<Base> => {
  // The plain tag moves with every change of the base; this one stays with its content.
  const reference = `${LOCAL_BASE_REFERENCE}-${await localBaseId()}`
  return {
    reference,
    obtain: async (builder, tell) => {
      const { path } = await ensureLocalBase(tell)
      await builder.load(path, reference)
      return true
    },
  }
}

/** BASE names the base to use; without it the official one is used where a registry is reachable. */
const candidateBases = async (): Promise<readonly Base[]> => {
  const chosen = process.env['BASE']
  return chosen ? [registryBase(chosen)] : [registryBase(OFFICIAL_BASE), await localBase()]
}

const provideBase = async (candidates: readonly Base[], builder: Builder, tell: Tell): Promise<string> => {
  // One that is there already saves asking a registry, which takes long where packets to it are dropped.
  for (const { reference } of candidates) if (await builder.has(reference)) return reference
  for (const { reference, obtain } of candidates) if (await obtain(builder, tell)) return reference
  throw new Problem(
    `the base image ${candidates.map(({ reference }) => reference).join(', ')} is not here and cannot be pulled`,
    'name an image that is within reach in BASE, or leave BASE empty: then one is made from Debian packages',
  )
}

/** The archive of the operator's image as the sources of this checkout are now. */
export const ensureOperatorImage = async (tell: Tell = () => undefined): Promise<ImageArchive> => {
  const inputs = await contextInputs()
  const idOn = (base: string): string => fingerprint(...inputs, base)
  const candidates = await candidateBases()
  for (const { reference } of candidates) {
    const known = await findArchive(NAME, OPERATOR_REFERENCE, idOn(reference))
    if (known) return known
  }
  const builder = await findBuilder()
  const base = await provideBase(candidates, builder, tell)
  const build = async (_work: string, target: string): Promise<void> => {
    await prepareContext(tell)
    tell(`building the image with ${builder.name}`)
    await builder.build(CONTEXT, join(REPOSITORY, 'deploy', 'images', 'Containerfile'), base, OPERATOR_REFERENCE)
    await builder.save(OPERATOR_REFERENCE, target)
    await builder.prune()
  }
  return ensureArchive(NAME, OPERATOR_REFERENCE, idOn(base), build, tell)
}
