import { attempt, type CommandResult, run } from '../command.ts'
import { Problem } from '../problem.ts'

/** kubectl for one cluster, whichever way that cluster was named. */
export interface Kubectl {
  readonly argv: readonly string[]
  /** Runs a command that has to succeed. */
  readonly run: (args: readonly string[], input?: string) => Promise<string>
  readonly attempt: (args: readonly string[], timeoutMs?: number) => Promise<CommandResult>
}

/** `argv` is the program with the options that choose the cluster. */
export const createKubectl = (argv: readonly string[]): Kubectl => ({
  argv,
  run: async (args, input) => run([...argv, ...args], { timeoutMs: 120_000, ...(input ? { input } : {}) }),
  attempt: async (args, timeoutMs = 30_000) => attempt([...argv, ...args], { timeoutMs }),
})

/** Rejects when the cluster does not answer. */
export const requireCluster = async (kubectl: Kubectl, name: string): Promise<void> => {
  const answer = await kubectl.attempt(['get', '--raw', '/readyz'])
  if (answer.code === 0) return
  throw new Problem(
    `the cluster ${name} does not answer: ${answer.stderr.trim().split('\n').at(-1) ?? ''}`,
    'check it with "kubectl get nodes", or leave CONTEXT empty to use the local cluster',
  )
}
