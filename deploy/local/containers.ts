import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, type CommandResult } from './command.ts'
import { paths } from './settings.ts'

/** How long the programs in pods may take to end when the cluster stops. */
const GRACE_MS = 15_000

/** Runs containerd's client against our containerd, in the namespace in which Kubernetes keeps its containers. */
export const ctr = async (args: readonly string[], timeoutMs = 20_000): Promise<CommandResult> =>
  attempt(['ctr', '--address', paths.containerdSocket, '--namespace', 'k8s.io', ...args], { timeoutMs })

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '')

const containersOf = async (kind: 'container' | 'sandbox'): Promise<readonly string[]> =>
  lines((await ctr(['containers', 'list', '--quiet', `labels."io.cri-containerd.kind"==${kind}`])).stdout)

const runningTasks = async (): Promise<ReadonlySet<string>> =>
  new Set(
    lines((await ctr(['tasks', 'list'])).stdout)
      .map((line) => line.split(/\s+/))
      .flatMap(([id, , status]) => (id && status === 'RUNNING' ? [id] : [])),
  )

const untilEnded = async (ids: readonly string[], withinMs: number): Promise<void> => {
  const deadline = Date.now() + withinMs
  for (;;) {
    const running = await runningTasks()
    if (!ids.some((id) => running.has(id)) || Date.now() > deadline) return
    await sleep(100)
  }
}

/** Ends all containers (asked first, forced after 15 seconds) and removes them. Needs containerd, and no kubelet. */
export const removeContainers = async (): Promise<void> => {
  const containers = await containersOf('container')
  const sandboxes = await containersOf('sandbox')
  const running = await runningTasks()
  const asked = containers.filter((id) => running.has(id))
  // Without a signal named, ctr sends the one that the image asks for.
  await Promise.all(asked.map((id) => ctr(['tasks', 'kill', id])))
  await untilEnded(asked, GRACE_MS)
  for (const ids of [containers, sandboxes]) {
    if (ids.length === 0) continue
    await ctr(['tasks', 'delete', '--force', ...ids])
    await ctr(['containers', 'delete', ...ids])
  }
}
