import { OperatorError } from '../domain/errors.ts'
import { type AgentPorts, readManifest, sealerOf } from './backup.ts'
import { MANIFEST, type Manifest } from './manifest.ts'
import { heard, heardChecks, heardSamples } from './said.ts'

/** What was proven of a backup that was restored to a server of its own. */
export interface Proof {
  /** Tables that CHECK TABLE found nothing wrong with. */
  readonly checked: number
  /** Tables, and rows of them, that are the same as when the copy was made. */
  readonly compared: number
  readonly rows: number
}

const FAULTS_TOLD = 5

/**
 * Compares what a server says of the restored data with the manifest: the transactions, what CHECK TABLE finds, and the rows and
 * checksums of the sample. Throws BackupBroken where anything differs.
 */
export const compare = async (
  ports: AgentPorts,
  path: string,
  said: string,
): Promise<{ readonly manifest: Manifest; readonly proof: Proof }> => {
  const manifest = await readManifest(ports, path)
  if (!manifest) throw new OperatorError('BackupMissing', `${path}/${MANIFEST} is missing: it was removed meanwhile`)
  sealerOf(ports, path, manifest)
  const [gtids, samples = [], { checked, faults }] = await Promise.all([
    heard(said, 'gtids'),
    heardSamples(said),
    heardChecks(said),
  ])
  if (checked === 0) throw new OperatorError('AgentFailed', 'no table could be checked')
  const found = new Map(samples.map((sample) => [sample.table, sample]))
  const expected = manifest.tables ?? []
  const others = expected.flatMap(({ table, rows, checksum }) => {
    const other = found.get(table)
    if (!other) return [`${table} cannot be read`]
    if (other.rows !== rows) return [`${table} has ${other.rows} rows instead of ${rows}`]
    return other.checksum === checksum ? [] : [`${table} has other rows than when it was copied`]
  })
  const wrong = [
    ...(gtids === manifest.gtids ? [] : [`its transactions are ${gtids} instead of ${manifest.gtids}`.slice(0, 400)]),
    ...faults,
    ...others,
  ]
  if (wrong.length > 0) {
    const more = wrong.length > FAULTS_TOLD ? `; and ${wrong.length - FAULTS_TOLD} more` : ''
    throw new OperatorError('BackupBroken', `${path}: ${wrong.slice(0, FAULTS_TOLD).join('; ')}${more}`)
  }
  const rows = expected.reduce((sum, sample) => sum + sample.rows, 0)
  return { manifest, proof: { checked, compared: expected.length, rows } }
}
