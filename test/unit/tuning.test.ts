import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { capacityOf, tunedSettings } from '../../src/domain/tuning.ts'
import { spec } from '../support/clusters.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30

describe('what a member may use', () => {
  test.each([
    ['its limits', { limits: { memory: '4Gi', cpu: '2' }, requests: { memory: '1Gi', cpu: '1' } }, 4 * GiB, 2],
    ['its requests without limits', { requests: { memory: '2Gi', cpu: '500m' } }, 2 * GiB, 0.5],
    ['a bare number of cores', { limits: { memory: '2Gi', cpu: 3 } }, 2 * GiB, 3],
    ['something, when nothing is said', {}, GiB, 1],
  ])('is %s', (_, resources, memory, cpu) => {
    expect(capacityOf(spec({ resources }))).toEqual({ memory, cpu, disk: 10 * GiB })
  })
})

test.each([
  [
    GiB,
    1,
    10 * GiB,
    { innodb_buffer_pool_size: '192M', loose_innodb_redo_log_capacity: '100M', max_connections: '151' },
  ],
  [
    16 * GiB,
    8,
    500 * GiB,
    { innodb_buffer_pool_size: '11712M', replica_parallel_workers: '16', max_connections: '2048' },
  ],
  [256 * MiB, 0.25, GiB, { innodb_buffer_pool_size: '128M', replica_parallel_workers: '4', max_binlog_size: '64M' }],
  [512 * GiB, 64, 10_000 * GiB, { max_connections: '10000', replica_parallel_workers: '32', max_binlog_size: '1024M' }],
])('a member with %d bytes, %d cores and a disk of %d is tuned', (memory, cpu, disk, expected) => {
  expect(tunedSettings({ memory, cpu, disk })).toMatchObject(expected)
})

describe('for all sizes', () => {
  const capacity = fc.record({
    memory: fc.integer({ min: GiB, max: 1024 * GiB }),
    cpu: fc.double({ min: 0.1, max: 256, noNaN: true }),
    disk: fc.integer({ min: GiB, max: 20_000 * GiB }),
  })
  const bytes = (text: string | undefined): number => Number(text?.replace('M', '')) * MiB

  test('the buffer pool leaves mysqld room', () =>
    fc.assert(
      fc.property(capacity, (given) => {
        expect(bytes(tunedSettings(given)['innodb_buffer_pool_size'])).toBeLessThanOrEqual(given.memory - 768 * MiB)
      }),
    ))

  test('redo and binary logs leave most of the disk to data', () =>
    fc.assert(
      fc.property(capacity, (given) => {
        const tuned = tunedSettings(given)
        expect(bytes(tuned['loose_innodb_redo_log_capacity'])).toBeLessThanOrEqual(given.disk / 9)
        expect(bytes(tuned['max_binlog_size'])).toBeLessThanOrEqual(given.disk / 10)
      }),
    ))

  test('every value is one that mysqld reads', () =>
    fc.assert(
      fc.property(capacity, (given) => {
        for (const value of Object.values(tunedSettings(given))) expect(value).toMatch(/^[1-9][0-9]*M?$/)
      }),
    ))
})
