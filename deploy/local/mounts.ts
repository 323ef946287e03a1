import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { attempt } from './command.ts'

const mountPoints = (): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    // The kernel writes blanks and backslashes as octal numbers.
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))

/** The mount points below a directory (a mount on the directory itself is someone else's), oldest first. */
export const mountsBelow = (directory: string): readonly string[] =>
  mountPoints().filter((path) => path.startsWith(directory + sep))

/** Whether something is mounted exactly at `path`. */
export const isMounted = (path: string): boolean => mountPoints().includes(path)

/** Unmounts everything below a directory; what is still busy is detached and ends with its last user. */
export const unmountBelow = async (directory: string): Promise<void> => {
  // Mounts can be stacked on one point, so a round takes away the top and looks again.
  for (let round = 0; round < 5; round++) {
    const mounted = mountsBelow(directory)
    if (mounted.length === 0) return
    for (const path of mounted.toReversed()) {
      const result = await attempt(['umount', path], { timeoutMs: 10_000 })
      if (result.code !== 0) await attempt(['umount', '--lazy', path], { timeoutMs: 10_000 })
    }
  }
}

const backingFile = (device: string): string => {
  try {
    return readFileSync(`/sys/block/${device}/loop/backing_file`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** The loop devices whose file's path begins with `path`. */
export const loopsOf = (path: string): readonly string[] =>
  readdirSync('/sys/block')
    .filter((device) => device.startsWith('loop') && backingFile(device).startsWith(path))
    .map((device) => join('/dev', device))

/** Frees the loop devices whose file's path begins with `path`. */
export const detachLoops = async (path: string): Promise<void> => {
  for (const device of loopsOf(path)) await attempt(['losetup', '-d', device])
}
