import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { MySQLOperationSpecSchema, OPERATION_KIND, OPERATION_PLURAL } from '../../crds/mysqloperation.ts'
import type { Declared } from '../support/clusters.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const PATH = `/apis/${API_VERSION}/namespaces/default/${OPERATION_PLURAL}`
const STRICT = { fieldValidation: 'Strict' }
const manifest = (spec: Declared, name = 'hand-over') => ({
  apiVersion: API_VERSION,
  kind: OPERATION_KIND,
  metadata: { name },
  spec,
})
const offer = (spec: Declared) => stage().ask('POST', PATH, manifest(spec), { query: { ...STRICT, dryRun: 'All' } })
const ASKED: Declared = { clusterName: 'shop', switchover: { target: 'shop-1' } }
const KEPT = { ttlSecondsAfterFinished: 86_400 }

describe('the API server and zod agree that a MySQLOperation may ask for', () => {
  test.each<[string, Declared, Declared]>([
    ['a switchover to a named member', ASKED, { ...ASKED, ...KEPT }],
    [
      'a switchover to the best member',
      { clusterName: 'shop', switchover: {} },
      { clusterName: 'shop', switchover: {}, ...KEPT },
    ],
    [
      'a failover, which accepts no loss unless told',
      { clusterName: 'shop', failover: {} },
      { clusterName: 'shop', failover: { acceptLoss: false }, ...KEPT },
    ],
    [
      'a rebuild',
      { clusterName: 'shop', rebuild: { member: 'shop-2' } },
      { clusterName: 'shop', rebuild: { member: 'shop-2' }, ...KEPT },
    ],
    [
      'its removal as soon as it has ended',
      { ...ASKED, ttlSecondsAfterFinished: 0 },
      { ...ASKED, ttlSecondsAfterFinished: 0 },
    ],
    ['what is approved at once', { ...ASKED, approved: true }, { ...ASKED, ...KEPT, approved: true }],
  ])('%s', async (_, spec, stored) => {
    const { status, body } = await offer(spec)
    expect({ status, message: body.message, spec: body.spec }).toEqual({
      status: 201,
      message: undefined,
      spec: stored,
    })
    expect(MySQLOperationSpecSchema.parse(spec)).toEqual(stored)
  })
})

const ONE = /spec must have exactly one of switchover, failover, rebuild/

describe('the API server refuses a MySQLOperation that', () => {
  test.each<[string, Declared, number, RegExp]>([
    ['asks for nothing', { clusterName: 'shop' }, 422, ONE],
    ['asks for two things', { ...ASKED, rebuild: { member: 'shop-2' } }, 422, ONE],
    ['names no cluster', { switchover: {} }, 422, /spec\.clusterName: Required value/],
    ['names a cluster that cannot be', { ...ASKED, clusterName: 'n'.repeat(41) }, 422, /spec\.clusterName: Too long/],
    [
      'names a pod that cannot be',
      { clusterName: 'shop', switchover: { target: 'Shop_1' } },
      422,
      /spec\.switchover\.target.*must be the name of a pod of the cluster, such as my-mysql-cluster-1/,
    ],
    ['names no pod where it must', { clusterName: 'shop', rebuild: {} }, 422, /spec\.rebuild\.member: Required value/],
    ['names an empty pod', { clusterName: 'shop', switchover: { target: '' } }, 422, /spec\.switchover\.target/],
    [
      'is kept for less than no time',
      { ...ASKED, ttlSecondsAfterFinished: -1 },
      422,
      /spec\.ttlSecondsAfterFinished.*greater than or equal to 0/,
    ],
    ['is approved in words', { ...ASKED, approved: 'yes' }, 422, /spec\.approved.*must be of type boolean/],
    ['has a field that there is not', { ...ASKED, restart: {} }, 400, /unknown field "spec\.restart"/],
    [
      'has one within what it asks',
      { clusterName: 'shop', switchover: { to: 'shop-1' } },
      400,
      /unknown field "spec\.switchover\.to"/,
    ],
  ])('%s', async (_, spec, status, message) => {
    const answer = await offer(spec)
    expect({ status: answer.status, message: answer.body.message }).toEqual({
      status,
      message: expect.stringMatching(message),
    })
  })
})

describe('what was asked', () => {
  let made = 0
  const change = async (before: Declared, after: Declared) => {
    made += 1
    const name = `change-${made}`
    const { body } = await stage().ask('POST', PATH, manifest(before, name))
    return stage().ask('PUT', `${PATH}/${name}`, { ...body, spec: after }, { query: STRICT })
  }
  const FIXED = /what is asked cannot be changed: delete this MySQLOperation and make another one/
  const DECIDED = /spec\.approved cannot be changed once it is set: make another MySQLOperation/

  test.each<[string, Declared, Declared, RegExp]>([
    ['cannot be asked of another cluster', ASKED, { ...ASKED, clusterName: 'other' }, FIXED],
    ['cannot have another target', ASKED, { ...ASKED, switchover: { target: 'shop-2' } }, FIXED],
    ['cannot lose its target', ASKED, { ...ASKED, switchover: {} }, FIXED],
    ['cannot become something else', ASKED, { clusterName: 'shop', failover: {} }, FIXED],
    [
      'cannot accept a loss later',
      { clusterName: 'shop', failover: {} },
      { clusterName: 'shop', failover: { acceptLoss: true } },
      FIXED,
    ],
    ['cannot be refused once it is approved', { ...ASKED, approved: true }, { ...ASKED, approved: false }, DECIDED],
    ['cannot be approved once it is refused', { ...ASKED, approved: false }, { ...ASKED, approved: true }, DECIDED],
    ['cannot be undecided again', { ...ASKED, approved: true }, ASKED, DECIDED],
  ])('%s', async (_, before, after, message) => {
    const { status, body } = await change(before, after)
    expect({ status, message: body.message }).toEqual({ status: 422, message: expect.stringMatching(message) })
  })

  test.each<[string, Declared, Declared]>([
    ['can be approved', ASKED, { ...ASKED, approved: true }],
    ['can be refused', ASKED, { ...ASKED, approved: false }],
    ['can be kept for longer', ASKED, { ...ASKED, ttlSecondsAfterFinished: 604_800 }],
  ])('%s', async (_, before, after) => {
    const { status, body } = await change(before, after)
    expect({ status, message: body.message }).toEqual({ status: 200, message: undefined })
  })
})
