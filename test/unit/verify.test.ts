import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type AgentPorts, backUp } from '../../src/agent/backup.ts'
import { readResult, succeeded } from '../../src/agent/result.ts'
import { compare } from '../../src/agent/verify.ts'
import { systemClock } from '../../src/clock.ts'
import { directoryStore } from '../../src/objectstore/directory.ts'

const GTIDS = '9d3c1a52-4b0e-4f6e-8a55-0c1d2e3f4a5b:1-77'
const PATH = 'default/shop/nightly'
const TABLES = [
  '{"rows": 900, "table": "app.kept", "checksum": "00000000000000AB"}',
  '{"rows": 0, "table": "app.odd name", "checksum": "0000000000000000"}',
]
const CHECKS = ['app.kept\tcheck\tstatus\tOK', 'app.odd name\tcheck\tstatus\tOK', 'mysql.user\tcheck\tstatus\tOK']

let home = ''
let ports: AgentPorts
let count = 0
let said = ''

const say = async (over: Readonly<Record<string, string>> = {}): Promise<void> => {
  const files = { gtids: GTIDS, version: '9.7.0', tables: TABLES.join('\n'), checks: CHECKS.join('\n'), ...over }
  for (const [name, text] of Object.entries(files)) await writeFile(join(said, name), `${text}\n`)
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'verify-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

beforeEach(async () => {
  count += 1
  const at = join(home, String(count))
  const data = join(at, 'copy')
  said = join(at, 'said')
  for (const directory of [data, said, join(at, 'store')]) await mkdir(directory, { recursive: true })
  await writeFile(join(data, 'ibdata1'), 'data')
  ports = { store: directoryStore(join(at, 'store')), clock: systemClock, say: () => undefined }
  await say()
  const task = { kind: 'backup', location: {}, path: PATH, attempt: 1, donor: 'shop-1' } as const
  const whose = { cluster: { namespace: 'default', name: 'shop', uid: 'u' }, backup: { name: 'nightly', uid: 'b' } }
  await backUp(ports, { ...task, ...whose }, { data, said })
})

describe('a verification', () => {
  test('proves a backup that holds what was copied, and tells how much it compared', async () => {
    const { manifest, proof } = await compare(ports, PATH, said)
    expect(proof).toEqual({ checked: 3, compared: 2, rows: 900 })
    expect(readResult(succeeded(manifest, proof))).toMatchObject({ kind: 'Succeeded', proof })
  })

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['transactions', { gtids: `${GTIDS.slice(0, -1)}6` }, /its transactions are/],
    [
      'fewer rows in a table',
      { tables: TABLES.join('\n').replace('900', '899') },
      /app\.kept has 899 rows instead of 900/,
    ],
    ['other rows in a table', { tables: TABLES.join('\n').replace('AB', 'AC') }, /app\.kept has other rows/],
    ['a table less', { tables: TABLES[0] ?? '' }, /app\.odd name cannot be read/],
    [
      'a table that is corrupt',
      { checks: [...CHECKS, 'app.kept\tcheck\terror\tCorrupt'].join('\n') },
      /app\.kept: Corrupt/,
    ],
    ['a table that is not well', { checks: 'app.kept\tcheck\tstatus\tOperation failed' }, /Operation failed/],
  ])('finds %s', async (_, over, detail) => {
    await say(over)
    await expect(compare(ports, PATH, said)).rejects.toMatchObject({
      code: 'BackupBroken',
      detail: expect.stringMatching(detail),
    })
  })

  test('takes no word for a proof where no table was checked', async () => {
    await say({ checks: '' })
    await expect(compare(ports, PATH, said)).rejects.toMatchObject({ code: 'AgentFailed' })
  })

  test('finds a manifest that is gone', async () => {
    await ports.store.remove(`${PATH}/manifest.json`)
    await expect(compare(ports, PATH, said)).rejects.toMatchObject({ code: 'BackupMissing' })
  })
})
