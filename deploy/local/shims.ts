import { readdirSync, readFileSync } from 'node:fs'
import { paths } from './settings.ts'

const argumentsOf = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** The processes that containerd put between itself and its containers; they say whose they are by our socket. */
export const listShims = (): readonly number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      const argv = argumentsOf(pid)
      return (
        argv[0]?.includes('containerd-shim') === true && argv[argv.indexOf('-address') + 1] === paths.containerdSocket
      )
    })
    .map(Number)

/** Kills shims that outlived their containers, which happens when containerd itself was killed. */
export const killShims = (): void => {
  for (const pid of listShims()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
}
