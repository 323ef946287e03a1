import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LOOK_MS = 10_000

const reason = (error: unknown): string => String((error as { code?: unknown }).code ?? error)

/** Reads the file that a setting names. Throws with the setting, the file, and what to do. */
export const readMounted = (setting: string, file: string): string => {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.trim() !== '') return text
  } catch (error) {
    throw new Error(
      `${setting}: ${file} cannot be read (${reason(error)}): mount the Secret that has it, or correct the setting.`,
    )
  }
  throw new Error(`${setting}: ${file} is empty: put the value into the Secret that is mounted there.`)
}

/** Reads the files of a mounted Secret, by the names of its keys. Kubernetes' own entries there begin with a dot. */
export const readMountedAll = (setting: string, directory: string): ReadonlyMap<string, string> => {
  let names: readonly string[]
  try {
    names = readdirSync(directory).filter((name) => !name.startsWith('.'))
  } catch (error) {
    throw new Error(
      `${setting}: ${directory} cannot be read (${reason(error)}): mount the Secret there, or correct the setting.`,
    )
  }
  return new Map(names.map((name) => [name, readMounted(setting, join(directory, name))]))
}

/**
 * Calls `onChange` with what `read` gives whenever that is another text, until `signal` aborts. It looks every ten
 * seconds, as kubelet swaps links that cannot be watched. What cannot be read for a moment is not a change.
 */
export const followMounted = (
  read: () => string,
  onChange: (text: string) => void,
  signal: AbortSignal,
  lookMs = LOOK_MS,
): void => {
  let known = read()
  const timer = setInterval(() => {
    let now: string
    try {
      now = read()
    } catch {
      return
    }
    if (now === known) return
    known = now
    onChange(now)
  }, lookMs).unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
