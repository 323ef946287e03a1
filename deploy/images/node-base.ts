import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../local/problem.ts'
import { ensureArchive, type ImageArchive, type Tell } from './archives.ts'
import { buildRootfs, type DebianRootfs } from './debian.ts'
import { fingerprint } from './fingerprint.ts'
import { ARCHIVE_FORMAT, writeOciArchive } from './oci.ts'
import { REPOSITORY } from './repository.ts'

const MAJOR = '24'
export const LOCAL_BASE_REFERENCE = `localhost/node:${MAJOR}`

const nodePackage = join(REPOSITORY, 'node_modules', 'node')

/** A shell in single quotes takes everything literally but the single quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Only what node and the native modules load, and the authorities that TLS trusts: there is no shell in it. */
const rootfs: DebianRootfs = {
  suite: 'bookworm',
  variant: 'extract',
  packages: ['base-files', 'netbase', 'libc6', 'libgcc-s1', 'libstdc++6', 'ca-certificates'],
  // Unpacked only, ca-certificates has not made its bundle; its other dependencies serve the making alone.
  finish: `
cat "$1"/usr/share/ca-certificates/mozilla/*.crt >"$1/etc/ssl/certs/ca-certificates.crt"
rm -rf "$1"/usr/bin/* "$1"/usr/sbin/* "$1"/usr/share/perl5 "$1"/usr/share/man "$1"/usr/share/locale "$1"/usr/share/debconf
rm -rf "$1"/usr/share/bug "$1"/usr/share/lintian "$1"/usr/lib/x86_64-linux-gnu/gconv "$1"/usr/lib/aarch64-linux-gnu/gconv
find "$1/usr/share/doc" -type f ! -name copyright -delete
rm -f "$1/etc/hostname" "$1/etc/resolv.conf"
printf 'root:x:0:0:root:/root:/sbin/nologin\\nnode:x:1000:1000::/home/node:/sbin/nologin\\n' >"$1/etc/passwd"
printf 'root:x:0:\\nnode:x:1000:\\n' >"$1/etc/group"
install -d -o 1000 -g 1000 "$1/home/node"
install -D -m 0755 ${quoted(join(nodePackage, 'bin', 'node'))} "$1/usr/local/bin/node"`,
}

const nodeVersion = async (): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(nodePackage, 'package.json'), 'utf8')) as { version: string }
  if (version.startsWith(`${MAJOR}.`)) return version
  throw new Problem(
    `npm's node is ${version}; an image with it must not be called ${LOCAL_BASE_REFERENCE}`,
    'change the version in deploy/images/node-base.ts, or the one of "node" in package.json',
  )
}

/** What the local base image is made from, as a name; knowing it takes no build. */
export const localBaseId = async (): Promise<string> =>
  fingerprint(
    JSON.stringify({ ...rootfs, finish: rootfs.finish.replaceAll(nodePackage, '') }),
    await nodeVersion(),
    process.arch,
    ARCHIVE_FORMAT,
  )

/** The archive of a base image with Node made of Debian packages and npm's node, for where no registry is reachable. */
export const ensureLocalBase = async (tell: Tell = () => undefined): Promise<ImageArchive> => {
  const version = await nodeVersion()
  const build = async (work: string, target: string): Promise<void> => {
    tell(`making ${LOCAL_BASE_REFERENCE} from Debian packages and npm's node`)
    const tarFile = join(work, 'rootfs.tar')
    await buildRootfs(rootfs, tarFile)
    const config = {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `NODE_VERSION=${version}`],
      Labels: {
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.description': 'Node from npm on Debian packages, made locally; not an official image',
      },
    }
    await writeOciArchive(
      { reference: LOCAL_BASE_REFERENCE, rootfs: tarFile, config, compression: 'gzip' },
      work,
      target,
    )
  }
  return ensureArchive('node', LOCAL_BASE_REFERENCE, await localBaseId(), build, tell)
}
