import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, grouped, lonely, primary, row, serving, viewId } from '../support/snapshots.ts'

const judged = (given: Snapshot) => diagnose(given, CLUSTER)

describe('members of which the group and they themselves say something else', () => {
  test('that were expelled and do not know it are shown as OFFLINE', () => {
    const [before, after] = [
      [primary(0), row(1), row(2)],
      [primary(0), row(1)],
    ]
    const members = [0, 1].map((ordinal) => grouped(ordinal, after, { viewId: viewId(4) }))
    const stale = grouped(2, before, { viewId: viewId(3) })
    const { state, role } = judged(serving({ members: [...members, stale] })).members[2] ?? {}
    expect({ state, role }).toEqual({ state: 'OFFLINE', role: 'none' })
  })

  test('that have started anew are not shown as the group remembers them', () => {
    const rows = [primary(0), row(1), row(2)]
    const members = [grouped(0, rows), grouped(1, rows), lonely(2)]
    expect(judged(serving({ members })).members[2]?.state).toBe('OFFLINE')
  })
})
