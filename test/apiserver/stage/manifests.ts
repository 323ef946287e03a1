import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
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

/** The objects of a folder of deploy/manifests, as `kubectl apply -k` would send them. */
export const render = async (folder: string): Promise<readonly Manifest[]> => {
  const kubectl = join(await ensureBinaries('kubernetes'), 'kubectl')
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', join(MANIFESTS, folder)])
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
}

const pathOf = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${kind.toLowerCase()}s/${name}`
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
