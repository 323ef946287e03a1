import type { ImageArchive } from '../images/archives.ts'
import { canBuild } from '../images/builder.ts'
import { ensureMysqlImage } from '../images/mysql.ts'
import { ensureOperatorImage } from '../images/operator.ts'
import { ensurePackages } from './packages.ts'

export type { ImageArchive } from '../images/archives.ts'

export type ImageName = 'mysql' | 'operator'

/** Tells a person what is being done for which image. */
export type TellImage = (image: ImageName, detail: string) => void

/** The images that the local stack runs, as archives to load into a cluster; what is cached and current is not rebuilt. */
export const ensureImages = async (
  tell: TellImage = () => undefined,
): Promise<Readonly<Record<ImageName, ImageArchive>>> => {
  await ensurePackages((missing) => tell('operator', `installing ${missing.join(' ')}`))
  const [mysql, operator] = await Promise.all([
    ensureMysqlImage((detail) => tell('mysql', detail)),
    ensureOperatorImage((detail) => tell('operator', detail)),
  ])
  return { mysql, operator }
}

/** Builds the operator's image and says where it is: what `make image` does. */
export const image = async (): Promise<void> => {
  const began = Date.now()
  // Whoever has a builder need not have Debian.
  if (!(await canBuild())) await ensurePackages((missing) => console.error(`  installing ${missing.join(' ')}`))
  const { reference, path } = await ensureOperatorImage((detail) => console.error(`  ${detail}`))
  console.error(`${reference} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  console.log(path)
}
