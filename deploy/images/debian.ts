import { attempt } from '../local/command.ts'
import { Problem } from '../local/problem.ts'

/** A root file system made of Debian packages. */
export interface DebianRootfs {
  readonly suite: string
  /** `minbase` is a small Debian; `extract` only unpacks the packages, without shell or package manager. */
  readonly variant: 'minbase' | 'extract'
  readonly packages: readonly string[]
  /** A shell script that finishes the root file system, which is its `$1`. */
  readonly finish: string
}

/** Writes the root file system to `target`, a tar file, and returns what was printed while it was made. */
export const buildRootfs = async (rootfs: DebianRootfs, target: string): Promise<string> => {
  // Packages that are only unpacked are never customized: mmdebstrap has another hook for them.
  const hook = rootfs.variant === 'extract' ? 'extract-hook' : 'customize-hook'
  const options = [
    `--variant=${rootfs.variant}`,
    `--include=${rootfs.packages.join(',')}`,
    // A mirror that stands still serves Release files that are past their date; their signatures are still checked.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Retries "3"',
    `--${hook}=set -eu\n${rootfs.finish}`,
  ]
  const result = await attempt(['mmdebstrap', '--format=tar', ...options, rootfs.suite, target], {
    timeoutMs: 20 * 60_000,
  })
  const output = `${result.stdout}\n${result.stderr}`.trim()
  if (result.code === 0) return output
  if (result.code === 127)
    throw new Problem(
      'mmdebstrap is missing, which makes images of Debian packages',
      'apt-get install mmdebstrap (Debian only)',
    )
  throw new Problem(
    `Debian ${rootfs.suite} packages cannot be made into an image:\n${output.split('\n').slice(-8).join('\n')}`,
    'check that a Debian mirror is reachable and that the disk is not full, then try again (root is needed)',
  )
}
