import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stringify } from 'yaml'
import type { Target } from './target.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
const OVERLAY = join(REPOSITORY, 'build', 'sample')

/** The kustomization of the sample to apply: the target's own, or that with the image that the target names instead. */
export const sampleOf = async ({ sample, sampleImage }: Target): Promise<string> => {
  if (!sampleImage) return join(REPOSITORY, sample)
  await mkdir(OVERLAY, { recursive: true })
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(OVERLAY, join(REPOSITORY, sample))],
    patches: [
      {
        target: { kind: 'MySQLCluster' },
        patch: stringify([{ op: 'replace', path: '/spec/image', value: sampleImage }]),
      },
    ],
  }
  await writeFile(join(OVERLAY, 'kustomization.yaml'), stringify(kustomization))
  return OVERLAY
}
