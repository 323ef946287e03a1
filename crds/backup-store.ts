import * as z from 'zod'

const NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
/** Parts of a path that begin with a letter or digit: nothing leads out of the store. */
const PATH = '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$'

/** A text of this pattern. The API server judges it by a rule, as what it says of a pattern is the pattern alone. */
const text = (pattern: string, max: number, example: string) =>
  z
    .string()
    .max(max)
    .refine((value) => new RegExp(pattern).test(value), `must match ${pattern}`)
    .meta({
      'x-kubernetes-validations': [{ rule: `self.matches('${pattern}')`, message: `must be like ${example}` }],
    })

const S3Schema = z.object({
  endpoint: text('^https?://[^/]+/?$', 512, 'https://s3.example.com:9000, without a path')
    .optional()
    .describe('Where the store is; that of AWS in the region when absent.'),
  region: z.string().min(1).max(64).default('us-east-1'),
  bucket: z.string().min(1).max(255).describe('It must exist.'),
  prefix: text(PATH, 512, 'mysql/production')
    .optional()
    .describe('Backups are kept below it; at the root when absent.'),
  pathStyle: z.boolean().default(false).describe('The bucket is named in the path, and not in the host.'),
  caSecret: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('Secret whose ca.crt is the authority that the store’s certificate is checked by.'),
  credentialsSecret: z
    .string()
    .min(1)
    .max(253)
    .describe('Secret with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'),
})

const VolumeSchema = z.object({
  claimName: z.string().min(1).max(253).describe('A PersistentVolumeClaim in the same namespace.'),
})

const EncryptionSchema = z
  .object({
    keySecret: z
      .string()
      .min(1)
      .max(253)
      .describe(
        'Secret with the key `key`: 32 bytes in base64. Without it no backup can be restored: keep it elsewhere, too.',
      ),
  })
  .optional()
  .describe(
    'The agent encrypts what it stores by AES-256-GCM. All backups at this place are then expected to be encrypted.',
  )

const ONE_KIND = [
  { rule: 'has(self.s3) != has(self.volume)', message: 'a store must have exactly one of s3 and volume' },
] as const

/** Where backups are: an object store, or a volume. */
export const LocationSchema = z
  .object({ s3: S3Schema.optional(), volume: VolumeSchema.optional(), encryption: EncryptionSchema })
  .meta({ 'x-kubernetes-validations': ONE_KIND })
export type Location = z.output<typeof LocationSchema>
export type S3Location = z.output<typeof S3Schema>

/** A store of a cluster, by a name of its own. */
export const StoreSchema = z
  .object({
    name: text(NAME, 63, 'offsite').describe('By which backups name it.'),
    s3: S3Schema.optional(),
    volume: VolumeSchema.optional(),
    encryption: EncryptionSchema,
  })
  .meta({ 'x-kubernetes-validations': ONE_KIND })
export type Store = z.output<typeof StoreSchema>

/** A path in a store, as the status of a backup tells it. */
export const PathSchema = text(PATH, 1024, 'default/shop/nightly-1a2b3c4d')
