import { Problem } from '../problem.ts'
import type { ClusterObject } from './cluster-status.ts'
import { bold, dim } from './screen.ts'
import type { Target } from './target.ts'

const indented = (text: string): string => text.trimEnd().replace(/^/gm, '    ')
const section = (title: string, ...lines: readonly string[]): string =>
  [bold(`  ${title}`), ...lines.map(indented)].join('\n')

/** Commands with what they are for, in two columns. */
const explained = (commands: readonly (readonly [command: string, meaning: string])[]): readonly string[] => {
  const width = Math.max(...commands.map(([command]) => command.length))
  return commands.map(([command, meaning]) => `${command.padEnd(width)}   ${dim(`# ${meaning}`)}`)
}

/** What a person wants to know once the demo has done its work. */
export const summary = async (target: Target, cluster: ClusterObject): Promise<string> => {
  const { name, namespace } = cluster.metadata
  const table = await target.kubectl.attempt(['get', 'mc', name, '--namespace', namespace])
  if (table.code !== 0) throw new Problem(`${name} is gone: ${table.stderr.trim()}`, 'make demo')
  const workflow = cluster.status?.workflow?.id
  const page = workflow ? `/namespaces/default/workflows/${encodeURIComponent(workflow)}` : ''
  const local = target.kind === 'local'
  const primary = cluster.status?.primary ?? `${name}-0`
  const sections = [
    section('The cluster', table.stdout),
    ...(target.temporalUi
      ? [section('What happened to it, step by step (Temporal UI)', `${target.temporalUi}${page}`)]
      : []),
    ...(local ? [section('First, in your shell', 'eval "$(make -s env)"')] : []),
    section(
      'A MySQL shell (asks for the password that the first line prints)',
      `kubectl get secret ${name}-app -o jsonpath='{.data.password}' | base64 -d; echo`,
      `kubectl exec -it ${name}-0 -- mysql -h ${name}-primary -u app -p app`,
    ),
    section(
      'Try next',
      ...explained([
        [`kubectl get mc ${name} -w`, 'watch, while you …'],
        [`kubectl delete pod ${primary}`, '… take the primary away'],
        [`kubectl describe mc ${name}`, 'conditions and events'],
      ]),
    ),
    section(
      'Stop',
      ...(local
        ? explained([
            ['make down', 'data stays, "make demo" brings it back'],
            ['make down purge=1', 'data and caches go, too'],
          ])
        : [`kubectl delete mc ${name}`, 'kubectl delete -k build/demo']),
    ),
  ]
  return `\n${sections.join('\n\n')}\n`
}
