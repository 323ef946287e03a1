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
  [
    'stores of both kinds',
    {
      backup: {
        stores: [
          {
            name: 'offsite',
            s3: { endpoint: 'https://s3:9000', bucket: 'b', prefix: 'a/b', credentialsSecret: 'keys' },
          },
          { name: 'nearby', volume: { claimName: 'backups' } },
        ],
      },
    },
  ],
  ['a backup to be made from', { restoreFrom: { backup: 'nightly' } }],
  [
    'a place of a backup to be made from',
    { restoreFrom: { store: { volume: { claimName: 'backups' } }, path: 'default/shop/nightly-1a2b3c4d' } },
  ],
]

const QUANTITY = /must be a quantity: a number that is not negative, with a unit if need be, such as 500m or 1Gi/
const VOLUME = /must be a number with one of the units M, G, T, P, Mi, Gi, Ti, Pi, such as 10Gi/

/** What is declared, the field that both name, and the words by which the API server says what would be right. */
const INVALID: readonly (readonly [string, Declared, RegExp, RegExp])[] = [
  ['no member', { size: 0 }, /spec\.size/, /should be greater than or equal to 1/],
  ['ten members', { size: 10 }, /spec\.size/, /should be less than or equal to 9/],
  ['a size in words', { size: 'three' }, /spec\.size/, /must be of type integer/],
  ['half a member', { size: 2.5 }, /spec\.size/, /must be of type integer/],
  ['a size that is null', { size: null }, /spec\.size/, /Required value/],
  ['no size', { size: undefined }, /spec\.size/, /Required value/],
  ['no image', { image: undefined }, /spec\.image/, /Required value/],
  ['an empty image', { image: '' }, /spec\.image/, /should be at least 1 chars long/],
  ['a volume without a unit', { storage: { size: '10' } }, /spec\.storage\.size/, VOLUME],
  ['a volume with a unit that does not exist', { storage: { size: '10GB' } }, /spec\.storage\.size/, VOLUME],
  ['a volume in kibibytes', { storage: { size: '9999999Ki' } }, /spec\.storage\.size/, VOLUME],
  ['a volume as a number', { storage: { size: 10 } }, /spec\.storage\.size/, /must be of type string/],
  [
    'an unknown fate of volumes',
    { storage: { onDelete: 'Forget' } },
    /spec\.storage\.onDelete/,
    /supported values: "Retain", "Delete"/,
  ],
  [
    'an empty StorageClass',
    { storage: { storageClassName: '' } },
    /spec\.storage\.storageClassName/,
    /at least 1 chars/,
  ],
  ['memory that is no quantity', { resources: { limits: { memory: 'lots' } } }, /spec\.resources\.limits/, QUANTITY],
  [
    'memory with a unit in words',
    { resources: { requests: { memory: '1GB' } } },
    /spec\.resources\.requests/,
    QUANTITY,
  ],
  ['negative cpu', { resources: { limits: { cpu: '-1' } } }, /spec\.resources\.limits/, QUANTITY],
  ['negative cpu as a number', { resources: { limits: { cpu: -1 } } }, /spec\.resources\.limits/, QUANTITY],
  ['half a cpu as a number', { resources: { limits: { cpu: 0.5 } } }, /spec\.resources\.limits/, /type integer,string/],
  ['a truth value as a setting', { config: { event_scheduler: true } }, /spec\.config/, /type integer,string/],
  ['half a number as a setting', { config: { long_query_time: 0.5 } }, /spec\.config/, /type integer,string/],
  ['a list as a setting', { config: { sql_mode: ['ANSI'] } }, /spec\.config/, /type integer,string/],
  [
    'a Service of an unknown type',
    { services: { any: { type: 'ExternalName' } } },
    /spec\.services\.any\.type/,
    /supported values: "ClusterIP", "NodePort", "LoadBalancer"/,
  ],
  [
    'a member that gets no time to end',
    { pod: { terminationGracePeriodSeconds: 5 } },
    /terminationGracePeriodSeconds/,
    /should be greater than or equal to 30/,
  ],
  ['no store in a list of stores', { backup: { stores: [] } }, /spec\.backup\.stores/, /at least 1 items/],
  ['a pause in words', { paused: 'yes' }, /spec\.paused/, /must be of type boolean/],
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
  test.each(INVALID)('%s', async (_, over, field, remedy) => {
    const declared = JSON.parse(JSON.stringify({ ...PLAIN, ...over }))
    const { status, body } = await offer(declared)
    expect(status).toBe(422)
    expect(body.message).toMatch(field)
    expect(body.message).toMatch(remedy)
    const issues = MySQLClusterSpecSchema.safeParse(declared).error?.issues ?? []
    expect(issues.map(({ path }) => `spec.${path.join('.')}`).join(' ')).toMatch(field)
  })
})

describe('only the API server can say that', () => {
  test.each<[string, Declared, string, number, RegExp]>([
    ['a volume is too small', { ...PLAIN, storage: { size: '1000Mi' } }, 'shop', 422, /storage\.size.*at least 1Gi/],
    [
      'memory is too small for mysqld',
      { ...PLAIN, resources: { limits: { memory: '256Mi' } } },
      'shop',
      422,
      /spec\.resources.*limits\.memory must be at least 512Mi/,
    ],
    [
      'memory is in thousandths of bytes',
      { ...PLAIN, resources: { limits: { memory: '1024m' } } },
      'shop',
      422,
      /limits\.memory must be at least 512Mi/,
    ],
    [
      'more is asked for than allowed',
      { ...PLAIN, resources: { requests: { cpu: '1500m' }, limits: { cpu: 1 } } },
      'shop',
      422,
      /spec\.resources.*requests must not be greater than limits: lower the request, or raise the limit/,
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

describe('a field that there is not', () => {
  const unknown = manifest({ ...PLAIN, replicas: 3 }, 'unknown')

  test('is refused by name for whoever asks for strictness, as kubectl apply does', async () => {
    const { status, body } = await stage().ask('POST', PATH, unknown, dryRun)
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message: expect.stringContaining('unknown field "spec.replicas"'),
    })
  })

  test('is refused by name in every server-side apply', async () => {
    const options = { query: { ...dryRun.query, fieldManager: 'us', fieldValidation: 'Ignore' } }
    const apply = { ...options, contentType: 'application/apply-patch+yaml' }
    const { status, body } = await stage().ask('PATCH', `${PATH}/unknown`, unknown, apply)
    expect(status).toBe(500)
    expect(body.message).toContain('.spec.replicas: field not declared in schema')
  })

  test('is dropped for whoever does not ask', async () => {
    const { status, body } = await stage().ask('POST', PATH, unknown, { query: { dryRun: 'All' } })
    expect(status).toBe(201)
    expect(body.spec).not.toHaveProperty('replicas')
  })
})

/** The way of a change from one declaration to another; `group` is what the operator has put on record by then. */
const change = async (before: Declared, after: Declared, group?: object) => {
  const name = `change-${Math.random().toString(36).slice(2, 8)}`
  const made = await stage().ask('POST', PATH, manifest({ ...PLAIN, ...before }, name))
  expect(made.status).toBe(201)
  const merge = { contentType: 'application/merge-patch+json' }
  const status = await stage().ask('PATCH', `${PATH}/${name}/status`, { status: group ? { group } : {} }, merge)
  const body = { ...status.body, spec: { ...PLAIN, ...after } }
  const answer = await stage().ask('PUT', `${PATH}/${name}`, body, dryRun)
  await stage().ask('DELETE', `${PATH}/${name}`)
  return answer
}

const FIXED: readonly (readonly [string, Declared, Declared, RegExp])[] = [
  [
    'its volumes smaller',
    { storage: { size: '20Gi' } },
    { storage: { size: '10Gi' } },
    /spec\.storage\.size cannot shrink/,
  ],
  ['its volumes the default', { storage: { size: '20Gi' } }, {}, /spec\.storage\.size cannot shrink/],
  [
    'its StorageClass another',
    { storage: { storageClassName: 'a' } },
    { storage: { storageClassName: 'b' } },
    /spec\.storage\.storageClassName cannot be changed/,
  ],
  ['its StorageClass none', { storage: { storageClassName: 'a' } }, {}, /storageClassName cannot be changed/],
  ['its StorageClass one', {}, { storage: { storageClassName: 'a' } }, /storageClassName cannot be changed/],
]

const GROUP = { seed: 'shop-0', incarnation: '17638312001234567', bootstraps: 1 }

describe('a cluster with a group on record', () => {
  test.each(FIXED)('cannot have %s, and is told the way out', async (_, before, after, message) => {
    const { status, body } = await change(before, after, GROUP)
    expect(status).toBe(422)
    expect(body.message).toMatch(message)
    expect(body.message).toMatch(/once the cluster has a group.*: put the old value back, or make another cluster/)
  })

  test.each<[string, Declared, Declared]>([
    ['another size', {}, { size: 5 }],
    ['another image', {}, { image: 'mysql:9.7' }],
    ['greater volumes', { storage: { size: '10Gi' } }, { storage: { size: '10240Mi' } }],
    ['another fate of volumes', {}, { storage: { onDelete: 'Delete' } }],
  ])('can have %s', async (_, before, after) => {
    expect((await change(before, after, GROUP)).body.message).toBeUndefined()
  })
})

test('a cluster whose group is being made anew has data', async () => {
  const [, before, after, message] = FIXED[0] ?? ['', {}, {}, /./]
  expect((await change(before, after, { seed: 'shop-0', bootstraps: 2 })).body.message).toMatch(message)
})

describe('a cluster that never had a group', () => {
  test.each(FIXED)('can have %s, as there is no data yet', async (_, before, after) => {
    expect((await change(before, after)).body.message).toBeUndefined()
    expect((await change(before, after, { seed: 'shop-0', bootstraps: 1 })).body.message).toBeUndefined()
  })
})
