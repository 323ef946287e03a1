import { expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import type { MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import { createClusterMetrics, type Told } from '../../src/observer/metrics.ts'
import { podName, REF } from '../support/snapshots.ts'

const HEALTHY: MySQLClusterStatus = {
  phase: 'Healthy',
  members: [0, 1, 2].map((n) => ({ name: podName(n), state: n === 2 ? 'RECOVERING' : 'ONLINE', role: 'none' })),
  conditions: [{ type: 'Ready', status: 'True', reason: 'r', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
}

const stage = () => {
  const registry = new Registry()
  let now = 0
  let clusters: Told[] = [{ ref: REF, status: HEALTHY }]
  const clock = { now: () => now, after: () => () => undefined }
  const metrics = createClusterMetrics(registry, clock, () => clusters)
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'))
  return {
    metrics,
    async value(name: string, labels = '') {
      const wanted = `${name}{namespace="${REF.namespace}",cluster="${REF.name}"${labels}} `
      return Number((await lines()).find((line) => line.startsWith(wanted))?.slice(wanted.length) ?? Number.NaN)
    },
    lines,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    set: (status: MySQLClusterStatus) => {
      clusters = [{ ref: REF, status }]
      metrics.changed({ ref: REF, status }, false)
    },
    end() {
      clusters = []
      metrics.changed({ ref: REF, status: undefined }, true)
    },
  }
}
const move = { from: podName(0), to: podName(1), missed: 1_000, moved: 7_500 } as const

test('changes of the primary are counted, and how long they took', async () => {
  const { metrics, value } = stage()
  metrics.moved(REF, { ...move, kind: 'failover' })
  metrics.moved(REF, { ...move, kind: 'handover', moved: 1_400 })
  expect(await value('mysql_operator_failover_seconds_sum')).toBe(6.5)
  expect(await value('mysql_operator_switchover_seconds_sum')).toBe(0.4)
  expect(await value('mysql_operator_role_changes_total', ',kind="failover"')).toBe(1)
  expect(await value('mysql_operator_role_changes_total', ',kind="handover"')).toBe(1)
})

test('the first primary of a cluster is no change', async () => {
  const { metrics, lines } = stage()
  metrics.moved(REF, { to: podName(0), kind: 'handover', missed: 0, moved: 0 })
  expect((await lines()).filter((line) => /role_changes|_seconds_sum/.test(line))).toEqual([])
})

test('phase, readiness and members are those of the status', async () => {
  const { value } = stage()
  expect(await value('mysql_operator_cluster_ready')).toBe(1)
  expect(await value('mysql_operator_cluster_phase', ',phase="Healthy"')).toBe(1)
  expect(await value('mysql_operator_cluster_phase', ',phase="Offline"')).toBe(0)
  expect(await value('mysql_operator_members', ',state="ONLINE"')).toBe(2)
  expect(await value('mysql_operator_members', ',state="RECOVERING"')).toBe(1)
})

test('time counts for the phase in which it passed', async () => {
  const { value, pass, set } = stage()
  set(HEALTHY)
  pass(10)
  set({ ...HEALTHY, phase: 'Degraded' })
  pass(5)
  expect(await value('mysql_operator_cluster_phase_seconds_total', ',phase="Healthy"')).toBe(10)
  expect(await value('mysql_operator_cluster_phase_seconds_total', ',phase="Degraded"')).toBe(5)
  pass(1)
  expect(await value('mysql_operator_cluster_phase_seconds_total', ',phase="Degraded"')).toBe(6)
})

test('of a cluster that is gone nothing is left', async () => {
  const { metrics, lines, set, end } = stage()
  set(HEALTHY)
  metrics.moved(REF, { ...move, kind: 'failover' })
  expect((await lines()).length).toBeGreaterThan(10)
  end()
  expect(await lines()).toEqual([])
})

test('the age of the last backups is told, and nothing where there is none', async () => {
  const { set, pass, value, lines } = stage()
  expect((await lines()).filter((line) => line.includes('backup_age'))).toEqual([])
  const startedAt = new Date(0).toISOString()
  set({ ...HEALTHY, lastGoodBackup: { name: 'b', startedAt }, lastVerifiedBackup: { name: 'a', startedAt } })
  pass(90)
  expect(await value('mysql_operator_backup_age_seconds')).toBe(90)
  expect(await value('mysql_operator_verified_backup_age_seconds')).toBe(90)
})
