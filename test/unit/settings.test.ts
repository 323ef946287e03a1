import { describe, expect, test } from '@jest/globals'
import { canonicalName, refusalMessage, refusedSettings } from '../../src/domain/settings.ts'

describe('a setting is refused', () => {
  test.each([
    ['port', 3307],
    ['bind-address', '0.0.0.0'],
    ['GTID_MODE', 'OFF'],
    ['gtid-mode', 'OFF'],
    ['loose_server_id', 1],
    ['loose-super-read-only', 'OFF'],
    ['group_replication_consistency', 'EVENTUAL'],
    ['loose-group_replication_bootstrap_group', 'ON'],
    ['datadir', '/tmp'],
    ['skip-log-bin', ''],
    ['plugin_load', 'x.so'],
    ['lower_case_table_names', 1],
    ['', 'x'],
    ['a b', 'x'],
    ['[client]', 'x'],
    ['max_connections=1\nport', '1'],
    ['1st', 'x'],
    ['größe', 1],
    ['sql_mode', 'ANSI\nport=1'],
    ['init_connect', 'a\rb'],
  ])('%j', (name, value) => {
    expect(refusedSettings({ [name]: value })).toEqual([{ name, why: expect.stringMatching(/\S/) }])
  })

  test('when it is given twice, in whatever spelling', () => {
    expect(refusedSettings({ max_connections: 1, 'Max-Connections': 2 })).toEqual([
      { name: 'Max-Connections', why: 'it is given twice' },
    ])
  })
})

test.each([
  ['max_connections', 500],
  ['innodb_buffer_pool_size', '1G'],
  ['innodb-io-capacity', 400],
  ['loose_audit_log_policy', 'ALL'],
  ['validate_password.policy', 'LOW'],
])('the setting %s is taken', (name, value) => {
  expect(refusedSettings({ [name]: value })).toEqual([])
})

test('the message names each field with its reason, and says what to do', () => {
  const message = refusalMessage(refusedSettings({ port: 1, datadir: '/x' }))
  expect(message).toContain('spec.config.port cannot be set: the Services and probes use 3306')
  expect(message).toContain('spec.config.datadir cannot be set')
  expect(message).toMatch(/Remove it from spec\.config\.$/)
})

test.each([
  ['Max-Connections', 'max_connections'],
  ['loose_Foo-bar', 'foo_bar'],
  ['loose-foo', 'foo'],
])('%s is another spelling of %s', (written, name) => {
  expect(canonicalName(written)).toBe(name)
})
