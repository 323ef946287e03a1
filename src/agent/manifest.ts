import * as z from 'zod'

export const MANIFEST = 'manifest.json'

const PartSchema = z.object({
  key: z.string().max(1024),
  bytes: z.int().min(0),
  sha256: z.string().length(64),
})
export type Part = z.output<typeof PartSchema>

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
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Of the data directory. */
  files: z.int().min(1),
  bytes: z.int().min(1),
  /** Of all parts. */
  storedBytes: z.int().min(1),
  parts: z.array(PartSchema).min(1),
  tools: z.object({ node: z.string(), zstd: z.string() }),
})
export type Manifest = z.output<typeof ManifestSchema>
