import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { run } from '../local/command.ts'

/** What a container of the image starts with; the field names are those of the OCI image specification. */
export interface ImageConfig {
  readonly User?: string
  readonly Env: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
}

interface Blob {
  readonly digest: string
  readonly size: number
}

const CHUNK = 1 << 20
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

const putBlob = async (blobs: string, value: unknown): Promise<Blob> => {
  const content = Buffer.from(JSON.stringify(value))
  const digest = sha256(content)
  await writeFile(join(blobs, digest), content)
  return { digest: `sha256:${digest}`, size: content.length }
}

/** zstd is quicker and smaller; docker before 23 can only read gzip. */
export type Compression = 'gzip' | 'zstd'

const putLayer = async (
  blobs: string,
  tarFile: string,
  compression: Compression,
): Promise<Blob & { readonly diffId: string }> => {
  const plain = createHash('sha256')
  const compressed = createHash('sha256')
  const observe = (hash: typeof plain) =>
    async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    }
  const unnamed = join(blobs, '.layer')
  await pipeline(
    createReadStream(tarFile, { highWaterMark: CHUNK }),
    observe(plain),
    compression === 'zstd' ? createZstdCompress({ chunkSize: CHUNK }) : createGzip({ level: 1, chunkSize: CHUNK }),
    observe(compressed),
    createWriteStream(unnamed),
  )
  const digest = compressed.digest('hex')
  await rename(unnamed, join(blobs, digest))
  const { size } = await stat(join(blobs, digest))
  return { digest: `sha256:${digest}`, size, diffId: `sha256:${plain.digest('hex')}` }
}

/** Changes when archives come to look otherwise. */
export const ARCHIVE_FORMAT = 'oci, and docker manifest'

/**
 * Writes an OCI image archive with one layer, the content of `rootfs` (a tar file).
 * The `manifest.json` beside it is for docker before 25, which knows no OCI layout.
 */
export const writeOciArchive = async (
  image: {
    readonly reference: string
    readonly rootfs: string
    readonly config: ImageConfig
    readonly compression: Compression
  },
  workDirectory: string,
  target: string,
): Promise<void> => {
  const layout = join(workDirectory, 'layout')
  const blobs = join(layout, 'blobs', 'sha256')
  await mkdir(blobs, { recursive: true })
  const platform = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' }
  const { diffId, ...layer } = await putLayer(blobs, image.rootfs, image.compression)
  const config = await putBlob(blobs, {
    ...platform,
    config: image.config,
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'Debian packages' }],
  })
  const manifest = await putBlob(blobs, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: `application/vnd.oci.image.layer.v1.tar+${image.compression}`, ...layer }],
  })
  const annotations = {
    'io.containerd.image.name': image.reference,
    'org.opencontainers.image.ref.name': image.reference,
  }
  const named = { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest, annotations, platform }
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }))
  const path = ({ digest }: Blob): string => `blobs/${digest.replace(':', '/')}`
  const docker = [{ Config: path(config), RepoTags: [image.reference], Layers: [path(layer)] }]
  await writeFile(join(layout, 'manifest.json'), JSON.stringify(docker))
  await run(['tar', '-cf', target, '-C', layout, 'oci-layout', 'index.json', 'manifest.json', 'blobs'], {
    timeoutMs: 300_000,
  })
}
