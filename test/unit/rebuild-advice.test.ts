import { describe, expect, test } from '@jest/globals'
import { MySQLOperationSpecSchema } from '../../crds/mysqloperation.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, grouped, lonely, pod, podName, primary, row, serving, transactions } from '../support/snapshots.ts'

const NONE = { copy: { state: 'None' }, platform: 'x86_64 Linux' } as const
const OWN = 'bbbbbbbb-0000-4000-8000-000000000002'
const duo = [primary(0), row(1)]
const world = (outside: Partial<MemberView>, over: Partial<Snapshot> = {}): Snapshot =>
  serving({
    pods: [0, 1, 2].map((ordinal) => pod(ordinal, { hears: true })),
    members: [
      grouped(0, duo, NONE),
      grouped(1, duo, NONE),
      lonely(2, { ...NONE, serverUuid: OWN, holds: transactions(50), ...outside }),
    ],
    ...over,
  })

describe('a degraded cluster says of a member outside', () => {
  test('what it alone holds, and what a person types to let that go', () => {
    const { phase, reason, message } = diagnose(world({ holds: transactions(101) }), CLUSTER)
    expect({ phase, reason }).toEqual({ phase: 'Degraded', reason: 'DivergedData' })
    expect(message).toMatch(/shop-2 alone holds .*:101: clients may have been told.*; a person must decide/)
    const operation = JSON.parse(/echo '(.*)' \| kubectl create -f -/.exec(message)?.[1] ?? '')
    expect(MySQLOperationSpecSchema.parse(operation.spec)).toMatchObject({
      clusterName: CLUSTER,
      rebuild: { member: podName(2) },
      approved: true,
    })
  })

  test('that it is to become a copy when that needs nobody', () => {
    const { reason, message } = diagnose(world({ holds: `${transactions(50)},${OWN}:1` }), CLUSTER)
    expect(reason).toBe('MembersMissing')
    expect(message).toMatch(/shop-2 is to become a copy of another member: it holds transactions/)
    expect(message).not.toMatch(/person/)
  })

  test('why it is not yet made a copy', () => {
    const { message } = diagnose(world({ copy: { state: 'Incomplete' }, version: '8.4.1' }), CLUSTER)
    expect(message).toMatch(/is not whole; not yet: .*cannot be copied to 8\.4\.1/)
  })

  test('that it becomes one', () => {
    const procedure = {
      kind: 'rebuild',
      subject: podName(2),
      why: 'it was lost',
      since: '2026-01-01T00:00:00.000Z',
    } as const
    const status = { phase: 'Degraded', procedure: { id: 'x', ...procedure } } as const
    const { message } = diagnose(world({}, { status }), CLUSTER)
    expect(message).toMatch(/shop-2 becomes a copy of another member: it was lost/)
  })
})
