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

/** A base to build on. `id` is known without having it; `provide` brings it into the builder's store. */
interface Base {
  readonly id: string
  readonly provide: (builder: Builder, tell: Tell) => Promise<{ readonly reference: string } | 'unreachable'>
}

const registryBase = (reference: string): Base => ({
  id: reference,
  provide: async (builder) =>
    (await builder.has(reference)) || (await builder.pull(reference)) ? { reference } : 'unreachable',
})

const localBase = async (): Promise<Base> => {
  const id = await localBaseId()
  // The plain tag moves with every change of the base; this one says which base an image was built on.
  const reference = `${LOCAL_BASE_REFERENCE}-${id}`
  return {
    id: reference,
    provide: async (builder, tell) => {
      if (await builder.has(reference)) return { reference }
      const { path } = await ensureLocalBase(tell)
      await builder.load(path, reference)
      return { reference }
    },
  }
}

/** BASE names the base to use; without it the official one is used where a registry is reachable. */
const bases = async (): Promise<readonly Base[]> => {
  const chosen = process.env['BASE']
  return chosen ? [registryBase(chosen)] : [registryBase(OFFICIAL_BASE), await localBase()]
}

const provideBase = async (candidates: readonly Base[], builder: Builder, tell: Tell) => {
  for (const base of candidates) {
    const provided = await base.provide(builder, tell)
    if (provided !== 'unreachable') return { id: base.id, reference: provided.reference }
  }
  throw new Problem(
    `the base image ${candidates.map(({ id }) => id).join(', ')} is not here and cannot be pulled`,
    'name an image that is within reach in BASE, or leave BASE empty: then one is made from Debian packages',
  )
}

/** The archive of the operator's image as the sources of this checkout are now. */
export const ensureOperatorImage = async (tell: Tell = () => undefined): Promise<ImageArchive> => {
  const inputs = await contextInputs()
  const idOn = (base: string): string => fingerprint(...inputs, base)
  const candidates = await bases()
  for (const { id } of candidates) {
    const known = await findArchive(NAME, OPERATOR_REFERENCE, idOn(id))
    if (known) return known
  }
  const builder = await findBuilder()
  const base = await provideBase(candidates, builder, tell)
  const build = async (_work: string, target: string): Promise<void> => {
    await prepareContext(tell)
    tell(`building the image with ${builder.name}`)
    await builder.build(
      CONTEXT,
      join(REPOSITORY, 'deploy', 'images', 'Containerfile'),
      base.reference,
      OPERATOR_REFERENCE,
    )
    await builder.save(OPERATOR_REFERENCE, target)
  }
  return ensureArchive(NAME, OPERATOR_REFERENCE, idOn(base.id), build, tell)
}
