import { createHash } from 'node:crypto'

const BLOCK = 512

export interface ArchiveFile {
  readonly name: string
  readonly content: Buffer
  readonly mode?: number
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`

const header = ({ name, content, mode = 0o644 }: ArchiveFile): Buffer => {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(content.length, 12), 124)
  block.write(octal(0, 12), 136)
  // The checksum is taken with blanks in its own place.
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

/** A tar archive of a few small files; the same files give the same bytes. */
export const tar = (files: readonly ArchiveFile[]): Buffer =>
  Buffer.concat([
    ...files.flatMap((file) => [header(file), file.content, padding(file.content.length)]),
    Buffer.alloc(2 * BLOCK),
  ])

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** An OCI image archive whose only content is one static program. */
export const singleProgramImage = (reference: string, program: Buffer): Buffer => {
  const layer = tar([{ name: 'pause', content: program, mode: 0o755 }])
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const config = json({
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest(layer)}`] },
  })
  const descriptor = (mediaType: string, content: Buffer, extra: object = {}) => ({
    mediaType: `application/vnd.oci.image.${mediaType}`,
    digest: `sha256:${digest(content)}`,
    size: content.length,
    ...extra,
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('config.v1+json', config),
    layers: [descriptor('layer.v1.tar', layer)],
  })
  const named = {
    annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': reference },
    platform: { architecture, os: 'linux' },
  }
  const index = json({ schemaVersion: 2, manifests: [descriptor('manifest.v1+json', manifest, named)] })
  return tar([
    { name: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', content: index },
    ...[layer, config, manifest].map((content) => ({ name: `blobs/sha256/${digest(content)}`, content })),
  ])
}
