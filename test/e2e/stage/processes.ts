import { readdirSync, readFileSync } from 'node:fs'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended meanwhile.
    return ''
  }
}

/** The process of mysqld in a pod: this machine is the node. Fails when there is none. */
export const mysqldOf = async (namespace: string, pod: string): Promise<number> => {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (read(`/proc/${entry}/comm`).trim() !== 'mysqld') continue
    const environment = read(`/proc/${entry}/environ`).split('\0')
    const host = environment.find((line) => line.startsWith('MEMBER_HOST='))
    if (environment.includes(`POD_NAME=${pod}`) && host?.includes(`.${namespace}.svc.`)) return Number(entry)
  }
  throw new Error(`no mysqld runs in ${namespace}/${pod}`)
}
