import { join } from 'node:path'
import { Problem } from '../local/problem.ts'
import { ensureArchive, type ImageArchive, type Tell } from './archives.ts'
import { buildRootfs, type DebianRootfs } from './debian.ts'
import { fingerprint } from './fingerprint.ts'
import { writeOciArchive } from './oci.ts'

/** The release series that the image is tagged with, and must therefore contain. */
const SERIES = '9.7'
export const MYSQL_REFERENCE = `docker.io/library/mysql:${SERIES}`

const ROOTFS: DebianRootfs = {
  // The only suite of Debian that has MySQL.
  suite: 'sid',
  variant: 'minbase',
  packages: ['mysql-server-core', 'mysql-client-core', 'tzdata', 'procps'],
  // The packages make no user. 999:999 is the one of the official images, so one pod specification runs both.
  finish: `
chroot "$1" /usr/sbin/mysqld --version
rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/man/* "$1"/usr/share/locale/*
find "$1/usr/share/doc" -type f ! -name copyright -delete
rm -f "$1/etc/hostname" "$1/etc/resolv.conf"
echo 'mysql:x:999:999::/var/lib/mysql:/bin/false' >>"$1/etc/passwd"
echo 'mysql:x:999:' >>"$1/etc/group"
for directory in var/lib/mysql var/lib/mysql-files var/lib/mysql-keyring run/mysqld; do
  install -d -o 999 -g 999 -m 0750 "$1/$directory"
done`,
}

const versionIn = (output: string): string => {
  const version = /mysqld\s+Ver (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? 'of unknown version'
  if (!version.startsWith(`${SERIES}.`))
    throw new Problem(
      `Debian's mysqld is ${version}; an image with it must not be called mysql:${SERIES}`,
      'change the series in deploy/images/mysql.ts and wherever the local image is named',
    )
  return version
}

/** The archive of a MySQL image made of Debian packages, for where no registry is reachable. */
export const ensureMysqlImage = async (tell: Tell = () => undefined): Promise<ImageArchive> => {
  const id = fingerprint(JSON.stringify(ROOTFS), MYSQL_REFERENCE, process.arch)
  const build = async (work: string, target: string): Promise<void> => {
    tell(`making ${MYSQL_REFERENCE} from Debian packages`)
    const rootfs = join(work, 'rootfs.tar')
    const version = versionIn(await buildRootfs(ROOTFS, rootfs))
    const config = {
      User: 'mysql',
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['mysqld'],
      Labels: {
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.description': 'MySQL from Debian packages, made locally; not an official image',
      },
    }
    await writeOciArchive({ reference: MYSQL_REFERENCE, rootfs, config, compression: 'zstd' }, work, target)
  }
  return ensureArchive('mysql', MYSQL_REFERENCE, id, build, tell)
}
