import * as z from 'zod'

export const MANIFEST = 'manifest.json'

const PartSchema = z.object({
  key: z.string().max(1024),
  bytes: z.int().min(0),
  sha256: z.string().length(64),
})
export type Part = z.output<typeof PartSchema>

/** What was found in a table: so many rows of it, in the order of its primary key, and a checksum of them. */
export const SampleSchema = z.object({
  table: z.string().max(200),
  rows: z.int().min(0),
  checksum: z.string().length(16),
})
export type Sample = z.output<typeof SampleSchema>

/**
 * What a backup consists of. It is written last, and alone makes the parts a backup. It holds no secret. `parts`, one after
 * the other, are a tar of the data directory compressed by zstd; their keys are relative to the backup's path.
 */
export const ManifestSchema = z.object({
  v: z.literal(1),
  cluster: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
  backup: z.object({ name: z.string(), uid: z.string() }),
  donor: z.string(),
  /** Of the MySQL that the data are of. */
  version: z.string(),
  /** The transactions that the data contain. */
  gtids: z.string(),
  /** What some of the tables held when the copy was made; absent in older backups. */
  tables: z.array(SampleSchema).max(64).optional(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Of the data directory. */
  files: z.int().min(1),
  bytes: z.int().min(1),
  /** Of all parts. */
  storedBytes: z.int().min(1),
  parts: z.array(PartSchema).min(1),
  /** Absent where the parts are not encrypted. Else their lengths and checksums are those of what is stored. */
  encryption: z
    .object({
      cipher: z.literal('aes-256-gcm'),
      salt: z.string().max(64),
      keyId: z.string().max(64),
      mac: z.string().length(64),
    })
    .optional(),
  tools: z.object({ node: z.string(), zstd: z.string() }),
})
export type Manifest = z.output<typeof ManifestSchema>

/** What a manifest says, but how it is encrypted: always the same text for the same. */
export const saidBy = ({ encryption: _, ...rest }: Manifest): string => JSON.stringify(ManifestSchema.parse(rest))
