import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, test } from '@jest/globals'
import { kubectl, OPERATOR_NAMESPACE, temporal } from './cluster.ts'

const LIMIT_MS = 10 * 60_000

const dump = async (story: string, namespace: string): Promise<void> => {
  const directory = new URL(`../../artefacts/${story.replaceAll(/[^a-z0-9]+/gi, '-')}/`, import.meta.url)
  mkdirSync(directory, { recursive: true })
  const keep = async (file: string, work: () => Promise<string>): Promise<void> => {
    const text = await work().catch((error: unknown) => `could not be read: ${error}`)
    writeFileSync(new URL(file, directory), text)
  }
  const ids = await kubectl('-n', namespace, 'get', 'mc', '-o', 'jsonpath={.items[*].status.workflow.id}').catch(
    () => '',
  )
  const pods = await kubectl('-n', namespace, 'get', 'pods', '-o', 'name').catch(() => '')
  await keep('objects.yaml', () =>
    kubectl('-n', namespace, 'get', 'mc,sts,pods,pvc,svc,endpointslices,pdb,cm', '-o', 'yaml'),
  )
  await keep('events.txt', () => kubectl('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp'))
  await keep('operator.log', () =>
    kubectl('-n', OPERATOR_NAMESPACE, 'logs', '-l', 'app.kubernetes.io/component=operator', '--tail=2000', '--prefix'),
  )
  await keep('worker.log', () =>
    kubectl('-n', OPERATOR_NAMESPACE, 'logs', '-l', 'app.kubernetes.io/component=worker', '--tail=2000', '--prefix'),
  )
  for (const pod of pods.split('\n').filter((name) => name !== ''))
    await keep(`${pod.replace('pod/', '')}.log`, () =>
      kubectl('-n', namespace, 'logs', pod, '--all-containers', '--tail=500'),
    )
  for (const id of ids.split(' ').filter((text) => text !== ''))
    await keep(`history-${id.replaceAll('/', '-')}.json`, () =>
      temporal('workflow', 'show', '-w', id, '--output', 'json'),
    )
}

/**
 * A namespace for the stories of one file, and `story`, which tells one: a test that leaves its evidence in
 * test/artefacts when it fails.
 */
export const stories = (namespace: string) => {
  beforeAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s')
    await kubectl('create', 'namespace', namespace)
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted')
  }, LIMIT_MS)
  afterAll(async () => {
    await kubectl('-n', namespace, 'delete', 'mc', '--all', '--timeout=180s')
    await kubectl('delete', 'namespace', namespace, '--timeout=180s')
  }, LIMIT_MS)

  return (name: string, tell: () => Promise<void>, limitMs = LIMIT_MS): void => {
    test(
      name,
      async () => {
        try {
          await tell()
        } catch (error) {
          await dump(name, namespace)
          throw error
        }
      },
      limitMs,
    )
  }
}
