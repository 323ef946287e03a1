import { expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND, BACKUP_PLURAL, MySQLBackupSpecSchema } from '../../crds/mysqlbackup.ts'
import { PLURAL } from '../../crds/mysqlcluster.ts'
import { type Declared, manifest, PLAIN } from '../support/clusters.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const strict = { query: { fieldValidation: 'Strict' } }
const merge = { contentType: 'application/merge-patch+json' }

const offer = async (spec: Declared, name = 'nightly') => {
  const path = `/apis/${API_VERSION}/namespaces/${await stage().namespace()}/${BACKUP_PLURAL}`
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata: { name }, spec }
  return { path: `${path}/${name}`, ...(await stage().ask('POST', path, object, strict)) }
}

test('a MySQLBackup asks for its cluster only, and copies by default', async () => {
  const { status, body } = await offer({ clusterName: 'shop' })
  expect({ status, spec: body.spec }).toEqual({
    status: 201,
    spec: { clusterName: 'shop', deletionPolicy: 'Retain', method: 'clone', verify: false },
  })
  expect(MySQLBackupSpecSchema.parse({ clusterName: 'shop' })).toEqual(body.spec)
})

test.each<[string, Declared, RegExp]>([
  ['has no cluster', {}, /spec\.clusterName: Required/],
  [
    'is made in a way that there is not',
    { clusterName: 'shop', method: 'dump' },
    /spec\.method.*supported values: "clone"/,
  ],
])('the API server refuses a MySQLBackup that %s', async (_, spec, message) => {
  const { status, body } = await offer(spec)
  expect(status).toBe(422)
  expect(body.message).toMatch(message)
  expect(MySQLBackupSpecSchema.safeParse(spec).success).toBe(false)
})

test('what a MySQLBackup is of cannot be changed, but it may be asked to be verified', async () => {
  const { path } = await offer({ clusterName: 'shop' })
  const { status, body } = await stage().ask('PATCH', path, { spec: { store: 'other' } }, merge)
  expect(status).toBe(422)
  expect(body.message).toMatch(/cannot be changed: delete this MySQLBackup and make another one/)
  expect((await stage().ask('PATCH', path, { spec: { verify: true } }, merge)).status).toBe(200)
})

test.each([
  ['set', PLAIN, { restoreFrom: { backup: 'nightly' } }],
  ['changed', { ...PLAIN, restoreFrom: { backup: 'nightly' } }, { restoreFrom: { backup: 'weekly' } }],
  ['taken away', { ...PLAIN, restoreFrom: { backup: 'nightly' } }, { restoreFrom: null }],
])('what a cluster is made from cannot be %s later', async (_, spec, change) => {
  const path = `/apis/${API_VERSION}/namespaces/${await stage().namespace()}/${PLURAL}`
  const { metadata, ...object } = manifest(spec)
  expect((await stage().ask('POST', path, { ...object, metadata: { name: metadata.name } }, strict)).status).toBe(201)
  const { status, body } = await stage().ask('PATCH', `${path}/${metadata.name}`, { spec: change }, merge)
  expect(status).toBe(422)
  expect(body.message).toMatch(/spec\.restoreFrom cannot be changed/)
})

test.each<[string, Declared, RegExp]>([
  ['a store is nowhere', { backup: { stores: [{ name: 'a' }] } }, /stores\[0\].*exactly one of s3 and volume/],
  [
    'two stores have one name',
    {
      backup: {
        stores: [
          { name: 'a', volume: { claimName: 'x' } },
          { name: 'a', volume: { claimName: 'y' } },
        ],
      },
    },
    /stores\[1\].*Duplicate value/,
  ],
  [
    'an endpoint has a path',
    { backup: { stores: [{ name: 'a', s3: { endpoint: 'https://s3/x', bucket: 'b', credentialsSecret: 'k' } }] } },
    /endpoint.*must be like https/,
  ],
  [
    'a path leads out of the store',
    { restoreFrom: { store: { volume: { claimName: 'x' } }, path: '../other' } },
    /restoreFrom\.path.*must be like/,
  ],
  [
    'a backup is named and a place, too',
    { restoreFrom: { backup: 'nightly', store: { volume: { claimName: 'x' } }, path: 'a' } },
    /restoreFrom.*must have either backup, or store and path/,
  ],
])('the API server refuses a MySQLCluster where %s', async (_, over, message) => {
  const path = `/apis/${API_VERSION}/namespaces/default/${PLURAL}`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const { status, body } = await stage().ask('POST', path, manifest({ ...PLAIN, ...over }), { query })
  expect(status).toBe(422)
  expect(body.message).toMatch(message)
})
