import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, SYSTEM_PATH } from './command.ts'
import { Problem } from './problem.ts'

/** Each Debian package, and a file that shows that it is there. */
const PACKAGES = {
  containerd: 'containerd',
  runc: 'runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  nftables: 'nft',
  iptables: 'iptables',
  iproute2: 'ip',
  mount: 'losetup',
  conntrack: 'conntrack',
  socat: 'socat',
  xfsprogs: 'mkfs.xfs',
  mmdebstrap: 'mmdebstrap',
  buildah: 'buildah',
  'ca-certificates': '/etc/ssl/certs/ca-certificates.crt',
} as const

const exists = async (file: string): Promise<boolean> => {
  const candidates = file.startsWith('/') ? [file] : SYSTEM_PATH.split(':').map((directory) => join(directory, file))
  const found = await Promise.all(
    candidates.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

/** The Debian packages that the local cluster needs and this machine lacks. */
export const missingPackages = async (): Promise<readonly string[]> => {
  const checked = await Promise.all(
    Object.entries(PACKAGES).map(async ([name, file]) => ((await exists(file)) ? [] : [name])),
  )
  return checked.flat()
}

const apt = async (args: readonly string[], signal?: AbortSignal): Promise<{ ok: boolean; output: string }> => {
  // A package may start its service on installation (containerd does); ours are started by us, with our configuration.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
  const result = await attempt(['apt-get', ...options, ...args], { env, timeoutMs: 15 * 60_000, signal })
  return { ok: result.code === 0, output: `${result.stdout}\n${result.stderr}`.trim() }
}

/** Installs the Debian packages that are missing; on a machine that has them this takes milliseconds. */
export const ensurePackages = async (
  onInstall: (packages: readonly string[]) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> => {
  const missing = await missingPackages()
  if (missing.length === 0) return
  onInstall(missing)
  const install = ['install', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', ...missing]
  const updated = await apt(['update'], signal)
  const installed = await apt(install, signal)
  const still = await missingPackages()
  if (installed.ok && still.length === 0) return
  const output = [updated.ok ? '' : updated.output, installed.output]
    .join('\n')
    .trim()
    .split('\n')
    .slice(-12)
    .join('\n')
  throw new Problem(
    `packages are missing and cannot be installed: ${(still.length > 0 ? still : missing).join(' ')}\n${output}`,
    `run "apt-get update && apt-get install ${missing.join(' ')}" (Debian 12) and solve what it reports`,
  )
}
