import type { Kubectl } from './kubectl.ts'

const LINES = 12

const last = (text: string, count: number): string =>
  text
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line.slice(0, 240)}`)
    .join('\n')

/** What a person needs to see when something did not come up: pods, last warnings, last lines of the operator's logs. */
export const evidence = async (kubectl: Kubectl, namespaces: readonly string[]): Promise<string> => {
  const sections = await Promise.all(
    [
      ...namespaces.flatMap((namespace) => [
        { title: `pods in ${namespace}`, args: ['get', 'pods', '--namespace', namespace, '--output', 'wide'] },
        {
          title: `last warnings in ${namespace}`,
          args: ['events', '--namespace', namespace, '--types', 'Warning'],
        },
      ]),
      ...['operator', 'worker'].map((name) => ({
        title: `log of the ${name}`,
        args: ['logs', '--namespace', 'mysql-operator-system', `deployment/${name}`, `--tail=${LINES}`],
      })),
    ].map(async ({ title, args }) => {
      const { stdout, stderr } = await kubectl.attempt(args)
      return `  ${title}:\n${last(stdout || stderr || '(nothing)', LINES)}`
    }),
  )
  return sections.join('\n')
}
