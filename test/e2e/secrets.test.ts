import { expect } from '@jest/globals'
import { kubectl, kubernetes, OPERATOR_NAMESPACE } from './stage/cluster.ts'
import { type Evidence, historiesOf, logsIn, objectsIn, operatorLogs, processes, secretsIn } from './stage/evidence.ts'
import { declare, eventually, healthy, until } from './stage/mysqlcluster.ts'
import { eventuallyAsApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'

const namespace = 'e2e-secrets'
const key = { namespace, name: 'sealed' }
const story = stories(namespace)

const found = (secrets: readonly string[], evidence: readonly Evidence[]): readonly string[] =>
  evidence.filter(({ text }) => secrets.some((secret) => text.includes(secret))).map(({ place }) => place)

/** Processes as they come and go, until a probe was among them. */
const processesWithProbe = async (): Promise<readonly Evidence[]> => {
  const seen = new Map<string, Evidence>()
  await eventually('a probe of a member', 60, async () => {
    for (const one of processes()) seen.set(`${one.place} ${one.text}`, one)
    return [...seen.values()].some(({ text }) => text.includes('mysql --defaults-extra-file')) || undefined
  })
  return [...seen.values()]
}

const among = (evidence: readonly Evidence[], place: RegExp, text: string): boolean =>
  evidence.some((one) => place.test(one.place) && one.text.includes(text))

story('no value of a Secret is anywhere but in it, after a cluster has formed, failed over and healed', async () => {
  await declare(key, { size: 3 })
  const { status } = await healthy(key)
  const primary = status?.primary ?? ''
  const uid = async () => (await kubernetes.get('Pod', { namespace, name: primary }))?.metadata.uid
  const before = await uid()
  await kubectl('-n', namespace, 'delete', 'pod', primary, '--wait=false')
  await until(key, 'another primary', (cluster) => cluster.status?.primary !== primary)
  await eventually(`another pod ${primary}`, 60, async () => ![undefined, before].includes(await uid()) || undefined)
  await until(key, 'its loss to be noticed', (cluster) => cluster.status?.phase !== 'Healthy')
  await healthy(key)
  await eventuallyAsApp(key, 'primary', 'SELECT 1')

  const names = ['app', 'system', 'tls'].map((suffix) => `${key.name}-${suffix}`)
  const stored = await Promise.all(names.map((name) => kubernetes.get('Secret', { namespace, name })))
  const secrets = stored.flatMap((secret) => (secret ? secretsIn(secret) : []))
  expect(secrets.length).toBeGreaterThan(12)
  const inPlace = { place: 'Secrets', text: await kubectl('-n', namespace, 'get', 'secrets', '-o', 'yaml') }
  expect(found(secrets, [inPlace])).toEqual(['Secrets'])

  const running = await processesWithProbe()
  const evidence = [
    ...(await operatorLogs()),
    ...(await logsIn(namespace)),
    await objectsIn(namespace),
    await objectsIn(OPERATOR_NAMESPACE),
    ...(await historiesOf(key)),
    ...running,
  ]
  expect(found(secrets, evidence)).toEqual([])

  expect(among(evidence, /^log of mysql-operator-system\/operator/, 'leading')).toBe(true)
  expect(among(evidence, /^log of mysql-operator-system\/worker/, '"role":"worker"')).toBe(true)
  expect(among(evidence, /^log of e2e-secrets\/sealed-/, 'ready for connections')).toBe(true)
  expect(among(evidence, /^objects of e2e-secrets/, 'reason: Synced')).toBe(true)
  expect(among(evidence, /^objects of e2e-secrets/, 'phase: Healthy')).toBe(true)
  expect(among(evidence, /^objects of e2e-secrets/, 'name: MEMBER_HOST')).toBe(true)
  expect(among(evidence, /^history/, 'incarnation')).toBe(true)
  expect(among(evidence, /^cmdline/, 'mysqld --defaults-file')).toBe(true)
  expect(among(evidence, /^environ/, 'MEMBER_HOST=')).toBe(true)
})
