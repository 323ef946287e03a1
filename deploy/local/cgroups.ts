import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = '/sys/fs/cgroup'
/** All pods are below it: what is in it is ours, whoever started it. */
export const CGROUP_ROOT = '/temporal-mysql-operator'

const isUnified = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'))

const hierarchies = (): readonly string[] =>
  isUnified()
    ? [ROOT]
    : readdirSync(ROOT, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(ROOT, entry.name))

/** Makes the cgroup below which the kubelet puts its pods, in every hierarchy. */
export const ensureCgroups = async (): Promise<void> => {
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, CGROUP_ROOT)
    if (isUnified()) {
      const controllers = readFileSync(join(hierarchy, 'cgroup.controllers'), 'utf8').trim().split(/\s+/)
      const enable = controllers.map((name) => `+${name}`).join(' ')
      await writeFile(join(hierarchy, 'cgroup.subtree_control'), enable).catch(() => undefined)
    }
    await mkdir(group, { recursive: true })
    // In version 1 a new cpuset is empty, and nothing can run in it.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (!isUnified() && existsSync(join(group, file)))
        await writeFile(join(group, file), readFileSync(join(hierarchy, file), 'utf8').trim())
  }
}

const descendants = (group: string): readonly string[] => {
  if (!existsSync(group)) return []
  const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...children.flatMap((entry) => descendants(join(group, entry.name))), group]
}

const killMembers = (group: string): void => {
  for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').map(Number).filter(Boolean)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
}

/** Kills what is left in the cgroups of pods and removes them. */
export const removeCgroups = async (): Promise<void> => {
  for (let round = 0; round < 20; round++) {
    const groups = hierarchies().flatMap((hierarchy) => descendants(join(hierarchy, CGROUP_ROOT)))
    if (groups.length === 0) return
    for (const group of groups) {
      killMembers(group)
      await rmdir(group).catch(() => undefined)
    }
    await sleep(50)
  }
}
