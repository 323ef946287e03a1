import { describe, expect, test } from '@jest/globals'
import { renderMyCnf } from '../../src/domain/mycnf.ts'
import { refusedSettings } from '../../src/domain/settings.ts'
import { type Declared, spec } from '../support/clusters.ts'
import { REF } from '../support/snapshots.ts'

const rendered = (config: Declared = {}) => renderMyCnf(spec({ config }), REF.uid).split('\n')
const settings = (config: Declared = {}): Map<string, string> =>
  new Map(
    rendered(config)
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

test('it is one section of settings, each once, whatever a person adds', () => {
  const lines = rendered({ 'Max-Connections': 7, innodb_redo_log_capacity: '1G', default_time_zone: 'SYSTEM' })
  expect(lines[0]).toBe('[mysqld]')
  const names = lines
    .filter((line) => line.includes('=') && !line.startsWith('plugin_load_add'))
    .map((line) => line.split('=')[0]?.replace(/^loose_/, ''))
  expect(new Set(names).size).toBe(names.length)
  expect(lines.slice(1, -1).every((line) => /^[a-z0-9_.]+=\S/.test(line))).toBe(true)
})

describe('a setting of a person', () => {
  test('replaces a default and a tuned one', () => {
    const given = settings({ character_set_server: 'latin1', 'Max-Connections': 77, mysqlx: 'ON' })
    expect(given.get('character_set_server')).toBe('latin1')
    expect(given.get('max_connections')).toBe('77')
    expect(given.get('mysqlx')).toBe('ON')
  })

  test('replaces ours also where ours has the prefix loose_', () => {
    const given = settings({ innodb_redo_log_capacity: '2G' })
    expect(given.get('innodb_redo_log_capacity')).toBe('2G')
    expect(given.has('loose_innodb_redo_log_capacity')).toBe(false)
  })

  test('keeps its prefix loose_, which lets mysqld start without the plugin that it is for', () => {
    const given = settings({ 'loose-audit-log-policy': 'ALL', loose_max_connections: 7 })
    expect(given.get('loose_audit_log_policy')).toBe('ALL')
    expect(given.get('loose_max_connections')).toBe('7')
    expect(given.has('max_connections')).toBe(false)
  })

  test('never replaces a forced one, even if it came this far', () => {
    expect(settings({ gtid_mode: 'OFF', 'super-read-only': 'OFF' }).get('gtid_mode')).toBe('ON')
    expect(settings({ 'super-read-only': 'OFF' }).get('super_read_only')).toBe('ON')
  })
})

describe('what the safety of the data rests on', () => {
  test.each([
    ['gtid_mode', 'ON'],
    ['enforce_gtid_consistency', 'ON'],
    ['super_read_only', 'ON'],
    ['skip_replica_start', 'ON'],
    ['loose_group_replication_group_name', REF.uid],
    ['loose_group_replication_start_on_boot', 'OFF'],
    ['loose_group_replication_single_primary_mode', 'ON'],
    ['loose_group_replication_exit_state_action', 'ABORT_SERVER'],
    ['loose_group_replication_autorejoin_tries', '0'],
    ['loose_group_replication_ssl_mode', 'REQUIRED'],
    ['loose_group_replication_consistency', 'BEFORE_ON_PRIMARY_FAILOVER'],
  ])('%s is %s', (name, value) => {
    expect(settings().get(name)).toBe(value)
  })

  test('nobody bootstraps by configuration', () => {
    expect(rendered().filter((line) => line.includes('bootstrap'))).toEqual([])
  })

  test('a setting that would have no effect is refused in spec.config', () => {
    const ours = [...settings().keys()].map((name) => name.replace('loose_', ''))
    const ignored = ours.filter((name) => ![...settings({ [name]: 'theirs' }).values()].includes('theirs'))
    expect(ignored).toEqual(expect.arrayContaining(['gtid_mode', 'group_replication_consistency']))
    expect(ignored.filter((name) => refusedSettings({ [name]: 'theirs' }).length !== 1)).toEqual([])
  })
})
