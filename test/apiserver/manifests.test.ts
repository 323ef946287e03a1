import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { PLURAL } from '../../crds/mysqlcluster.ts'
import { MySQLClusterSpecSchema } from '../../crds/mysqlcluster-spec.ts'
import { type Declared, manifest, PLAIN } from '../support/clusters.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const PATH = `/apis/${API_VERSION}/namespaces/default/${PLURAL}`
const dryRun = { query: { dryRun: 'All', fieldValidation: 'Strict' } }
const offer = (spec: Declared, name?: string) => stage().ask('POST', PATH, manifest(spec, name), dryRun)
const strings = (count: number): Declared => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))

const VALID: readonly (readonly [string, Declared])[] = [
  ['the four lines that always work', {}],
  ['one member', { size: 1 }],
  ['nine members', { size: 9 }],
  ['a volume of 1Gi', { storage: { size: '1Gi' } }],
  ['a volume of one and a half', { storage: { size: '1.5Gi', storageClassName: 'fast', onDelete: 'Delete' } }],
  ['resources as numbers and as text', { resources: { limits: { cpu: 2, memory: '4Gi' }, requests: { cpu: '500m' } } }],
  ['no resources at all', { resources: {} }],
  ['settings as numbers and as text', { config: { max_connections: 500, sql_mode: 'ANSI' } }],
  [
    'a pod with everything',
    {
      pod: {
        labels: { team: 'a' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'db', operator: 'Exists' }],
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
        imagePullSecrets: [{ name: 'registry' }],
        terminationGracePeriodSeconds: 30,
      },
    },
  ],
  [
    'Services of other types',
    { services: { primary: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] } } },
  ],
  ['a pause', { paused: true }],
]

const INVALID: readonly (readonly [string, Declared, RegExp])[] = [
  ['no member', { size: 0 }, /spec\.size/],
  ['ten members', { size: 10 }, /spec\.size/],
  ['a size in words', { size: 'three' }, /spec\.size/],
  ['half a member', { size: 2.5 }, /spec\.size/],
  ['a size that is null', { size: null }, /spec\.size/],
  ['no size', { size: undefined }, /spec\.size/],
  ['no image', { image: undefined }, /spec\.image/],
  ['an empty image', { image: '' }, /spec\.image/],
  ['a volume without a unit', { storage: { size: '10' } }, /spec\.storage\.size/],
  ['a volume with a unit that does not exist', { storage: { size: '10GB' } }, /spec\.storage\.size/],
  ['a volume in kibibytes', { storage: { size: '9999999Ki' } }, /spec\.storage\.size/],
  ['an unknown fate of volumes', { storage: { onDelete: 'Forget' } }, /spec\.storage\.onDelete/],
  ['an empty StorageClass', { storage: { storageClassName: '' } }, /spec\.storage\.storageClassName/],
  ['memory that is no quantity', { resources: { limits: { memory: 'lots' } } }, /spec\.resources\.limits/],
  ['negative cpu', { resources: { limits: { cpu: '-1' } } }, /spec\.resources\.limits/],
  ['a truth value as a setting', { config: { event_scheduler: true } }, /spec\.config/],
  ['half a number as a setting', { config: { long_query_time: 0.5 } }, /spec\.config/],
  ['a list as a setting', { config: { sql_mode: ['ANSI'] } }, /spec\.config/],
  ['a Service of an unknown type', { services: { any: { type: 'ExternalName' } } }, /spec\.services\.any\.type/],
  ['a member that gets no time to end', { pod: { terminationGracePeriodSeconds: 5 } }, /terminationGracePeriodSeconds/],
  ['a pause in words', { paused: 'yes' }, /spec\.paused/],
]

describe('the API server and zod agree that a cluster may have', () => {
  test.each(VALID)('%s', async (_, over) => {
    const declared = { ...PLAIN, ...over }
    const { status, body } = await offer(declared)
    expect({ status, message: body.message }).toEqual({ status: 201, message: undefined })
    expect(MySQLClusterSpecSchema.parse(declared)).toEqual(body.spec)
  })
})

describe('the API server and zod agree that a cluster may not have', () => {
  test.each(INVALID)('%s', async (_, over, field) => {
    const declared = JSON.parse(JSON.stringify({ ...PLAIN, ...over }))
    const { status, body } = await offer(declared)
    expect(status).toBe(422)
    expect(body.message).toMatch(field)
    const issues = MySQLClusterSpecSchema.safeParse(declared).error?.issues ?? []
    expect(issues.map(({ path }) => `spec.${path.join('.')}`).join(' ')).toMatch(field)
  })
})

describe('only the API server can say that', () => {
  test.each([
    ['a field is unknown', { ...PLAIN, replicas: 3 }, 'shop', 400, /unknown field "spec\.replicas"/],
    [
      'a volume is too small',
      { ...PLAIN, storage: { size: '1000Mi' } },
      'shop',
      422,
      /storage\.size must be at least 1Gi/,
    ],
    ['a name is too long', PLAIN, 'n'.repeat(41), 422, /metadata\.name must be at most 40 characters/],
    ['a name begins with a digit', PLAIN, '1shop', 422, /beginning with a letter/],
    ['a name has a dot', PLAIN, 'my.shop', 422, /lower-case letters, digits and dashes/],
    ['a name has capitals', PLAIN, 'Shop', 422, /lower case alphanumeric/],
  ])('%s', async (_, spec, name, status, message) => {
    const answer = await offer(spec, name)
    expect(answer.status).toBe(status)
    expect(answer.body.message).toMatch(message)
  })

  test('there are more settings than anybody reads', async () => {
    expect((await offer({ ...PLAIN, config: strings(257) })).status).toBe(422)
    expect((await offer({ ...PLAIN, config: strings(256) })).status).toBe(201)
  })

  test('a name of 40 characters fits', async () => {
    expect((await offer(PLAIN, 'n'.repeat(40))).status).toBe(201)
  })
})

describe('a cluster that exists', () => {
  const change = async (before: Declared, after: Declared) => {
    const name = `change-${Math.random().toString(36).slice(2, 8)}`
    const made = await stage().ask('POST', PATH, manifest({ ...PLAIN, ...before }, name))
    expect(made.status).toBe(201)
    const body = { ...made.body, spec: { ...PLAIN, ...after } }
    const answer = await stage().ask('PUT', `${PATH}/${name}`, body, dryRun)
    await stage().ask('DELETE', `${PATH}/${name}`)
    return answer
  }

  test.each<[string, Declared, Declared, RegExp]>([
    [
      'its volumes smaller',
      { storage: { size: '20Gi' } },
      { storage: { size: '10Gi' } },
      /storage\.size cannot shrink/,
    ],
    ['its volumes the default', { storage: { size: '20Gi' } }, {}, /storage\.size cannot shrink/],
    [
      'its StorageClass another',
      { storage: { storageClassName: 'a' } },
      { storage: { storageClassName: 'b' } },
      /cannot be changed/,
    ],
    ['its StorageClass none', { storage: { storageClassName: 'a' } }, {}, /storageClassName cannot be changed/],
    ['its StorageClass one', {}, { storage: { storageClassName: 'a' } }, /storageClassName cannot be changed/],
  ])('cannot have %s', async (_, before, after, message) => {
    const { status, body } = await change(before, after)
    expect(status).toBe(422)
    expect(body.message).toMatch(message)
  })

  test.each<[string, Declared, Declared]>([
    ['another size', {}, { size: 5 }],
    ['another image', {}, { image: 'mysql:9.7' }],
    ['greater volumes', { storage: { size: '10Gi' } }, { storage: { size: '10240Mi' } }],
    ['another fate of volumes', {}, { storage: { onDelete: 'Delete' } }],
  ])('can have %s', async (_, before, after) => {
    expect((await change(before, after)).body.message).toBeUndefined()
  })
})
