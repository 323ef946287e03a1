import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments, stringify } from 'yaml'
import { ensureBinaries } from '../../../deploy/local/binaries.ts'
import type { Stage } from './jest.ts'

const MANIFESTS = join(import.meta.dirname, '../../../deploy/manifests')

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
  readonly spec?: Readonly<Record<string, unknown>>
}

/** An overlay as a person writes it; kustomize takes no absolute paths. */
const overlay = (directory: string, folder: string, components: readonly string[]) => ({
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  resources: [relative(directory, join(MANIFESTS, folder))],
  components: components.map((component) => relative(directory, join(MANIFESTS, 'components', component))),
})

/** The objects of a folder of deploy/manifests, with some of its components, as `kubectl apply -k` would send them. */
export const render = async (folder: string, components: readonly string[] = []): Promise<readonly Manifest[]> => {
  const kubectl = join(await ensureBinaries('kubernetes'), 'kubectl')
  const directory = await mkdtemp(join(tmpdir(), 'overlay-'))
  try {
    await writeFile(join(directory, 'kustomization.yaml'), stringify(overlay(directory, folder, components)))
    const { stdout } = await promisify(execFile)(kubectl, ['kustomize', directory])
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const plural = (kind: string): string => kind.toLowerCase().replace(/y$/, 'ie').concat('s')

const pathOf = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${plural(kind)}/${name}`
}

/** Applies an object as an administrator would; with `dryRun` the API server only says what it thinks of it. */
export const apply = async ({ ask }: Stage, object: Manifest, dryRun = false) => {
  const query = {
    fieldManager: 'kubectl',
    force: 'true',
    fieldValidation: 'Strict',
    ...(dryRun ? { dryRun: 'All' } : {}),
  }
  const answer = await ask('PATCH', pathOf(object), object, { query, contentType: 'application/apply-patch+yaml' })
  if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${answer.body.message}`)
}
