import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel says of a process. */
export interface Usage {
  /** Of all its threads, user and system together. */
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** Linux counts CPU time in hundredths of a second for programs, on every processor. */
const TICKS = 100

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended while we looked.
    return undefined
  }
}

/** The processes of a pod of this machine that run the given program. */
export const processesOf = (podUid: string, program: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cgroup`)?.includes(podUid))
    .filter((name) => read(`/proc/${name}/cmdline`)?.split('\0')[0]?.endsWith(program))
    .map(Number)

/** Fails when the process is no more: what it used is lost then. */
export const usageOf = (pid: number): Usage => {
  const stat = read(`/proc/${pid}/stat`)
  const status = read(`/proc/${pid}/status`)
  if (!stat || !status) throw new Error(`process ${pid} has ended`)
  // The name, in brackets, may hold spaces; what follows it begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [fields[11], fields[12]].map(Number)
  const rssKib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])
  return { cpuSeconds: ((user ?? Number.NaN) + (system ?? Number.NaN)) / TICKS, rssBytes: rssKib * 1024 }
}
