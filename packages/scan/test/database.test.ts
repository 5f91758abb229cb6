import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zip } from '../../modelfiles/test/zip-writer.js'
import { readAdvisories } from '../src/advisories/database.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-advisories-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function record(id: string, name: string, modified = '2026-01-01T00:00:00Z'): string {
  return JSON.stringify({
    id,
    modified,
    affected: [{ package: { ecosystem: 'Debian:12', name }, versions: ['1'] }],
  })
}

const WANTED = new Set(['openssl', 'scikit-learn'])

test('a folder and a zip of the same records are the same database', async () => {
  const records = {
    'a.json': record('A', 'openssl', '2026-01-02T00:00:00Z'),
    'b.json': record('B', 'other', '2026-03-02T00:00:00.5Z'),
    'c.json': record('C', 'Scikit_Learn'),
    'readme.txt': 'no record',
  }
  for (const [name, text] of Object.entries(records)) await writeFile(join(folder, name), text)
  await writeFile(
    join(folder, 'all.bin'),
    zip(Object.entries(records).map(([name, data]) => ({ name, data, deflate: true }))),
  )
  const fromFolder = await readAdvisories(folder, WANTED)
  expect(fromFolder).toMatchObject({ total: 3, lastUpdate: '2026-03-02T00:00:00.5Z', malformed: [] })
  expect(fromFolder.records.map(({ id }) => id).sort()).toEqual(['A', 'C'])
  expect(fromFolder.ecosystems).toEqual(new Set(['Debian:12']))
  const fromZip = await readAdvisories(join(folder, 'all.bin'), WANTED)
  expect({ ...fromZip, records: [] }).toEqual({ ...fromFolder, records: [] })
  expect(fromZip.records.map(({ id }) => id).sort()).toEqual(['A', 'C'])
})

test('a name that is written with escapes is found', async () => {
  await writeFile(join(folder, 'a.json'), record('A', 'openssl').replace('openssl', '\\u006fpenssl'))
  expect((await readAdvisories(folder, WANTED)).records).toHaveLength(1)
})

describe('what is no database', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['nothing', 'ADVISORIES_NOT_FOUND', async () => rm(folder, { recursive: true })],
    ['a folder without records', 'ADVISORIES_NOT_FOUND', async () => writeFile(join(folder, 'x.txt'), '')],
    ['a link for a record', 'ADVISORIES_UNREADABLE', () => symlink('/etc/passwd', join(folder, 'a.json'))],
    [
      'folders too deep',
      'ADVISORIES_UNREADABLE',
      () => mkdir(join(folder, 'a/'.repeat(12)), { recursive: true }),
    ],
  ])('%s', async (_, code, make) => {
    await make()
    await expect(readAdvisories(folder, WANTED)).rejects.toMatchObject({ code })
  })

  test('a zip that is cut off, anywhere', async () => {
    const whole = zip([{ name: 'a.json', data: record('A', 'openssl'), deflate: true }])
    for (const end of [0, 10, 60, whole.length - 30, whole.length - 1]) {
      await writeFile(join(folder, 'all.zip'), whole.subarray(0, end))
      await expect(readAdvisories(join(folder, 'all.zip'), WANTED)).rejects.toMatchObject({
        code: 'ADVISORIES_UNREADABLE',
      })
    }
  })

  test('a zip with a wrong size', async () => {
    await writeFile(
      join(folder, 'all.zip'),
      Buffer.from(zip([{ name: 'a.json', data: record('A', 'openssl') }]).map((byte) => byte)),
    )
    const file = zip([{ name: 'a.json', data: record('A', 'openssl'), deflate: true }])
    file.writeUInt32LE(9, file.lastIndexOf(Buffer.from('PK\x01\x02')) + 24)
    await writeFile(join(folder, 'all.zip'), file)
    await expect(readAdvisories(join(folder, 'all.zip'), WANTED)).rejects.toMatchObject({
      code: 'ADVISORIES_UNREADABLE',
    })
  })
})

test.each([
  ['no JSON', '{"modified": "2026-01-01T00:00:00Z", "name": "openssl"'],
  ['no date', '{"id": "A"}'],
  ['another schema', '{"modified": "2026-01-01T00:00:00Z", "name": "openssl"}'],
])('a record that is %s is named as malformed', async (_, text) => {
  await writeFile(join(folder, 'good.json'), record('A', 'openssl'))
  await writeFile(join(folder, 'bad.json'), text)
  expect((await readAdvisories(folder, WANTED)).malformed).toEqual(['bad.json'])
})
