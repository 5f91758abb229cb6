import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readZip } from '../../src/equivalent/zip.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-zip-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const GIB = 1024 ** 3

/** A folder in a zip's central directory (APPNOTE 4.3.12), which promises that many bytes. */
function entry(name: string, size: number): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt32LE(size, 20)
  header.writeUInt32LE(size, 24)
  header.writeUInt16LE(name.length, 28)
  return Buffer.concat([header, Buffer.from(name)])
}

/** A zip of nothing but its directory, which ends by the zip64 records (4.3.14 to 4.3.16). */
async function extract(entries: readonly Buffer[], count: number = entries.length): Promise<string[]> {
  const directory = Buffer.concat(entries)
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50, 0)
  end64.writeBigUInt64LE(44n, 4)
  end64.writeBigUInt64LE(BigInt(count), 24)
  end64.writeBigUInt64LE(BigInt(count), 32)
  end64.writeBigUInt64LE(BigInt(directory.length), 40)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(directory.length), 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.fill(0xff, 8, 20)
  await writeFile(join(folder, 'a.zip'), Buffer.concat([directory, end64, locator, end]))
  await readZip(join(folder, 'a.zip'), join(folder, 'out'))
  return (await readdir(join(folder, 'out'))).toSorted()
}

test('an artifact may hold 10 GiB, and no byte more', async () => {
  const most = [entry('a/', 3 * GIB), entry('b/', 3 * GIB), entry('c/', 3 * GIB)]
  expect(await extract([...most, entry('d/', GIB)])).toEqual(['a', 'b', 'c', 'd'])
  await expect(extract([...most, entry('d/', GIB + 1)])).rejects.toMatchObject({
    code: 'ARTIFACT_TOO_LARGE',
    message: expect.stringContaining('10 GiB'),
  })
})

test('an artifact of more than 100,000 files is refused before any is written', async () => {
  await expect(extract([entry('a/', 0)], 100_001)).rejects.toMatchObject({
    code: 'ARTIFACT_TOO_LARGE',
    message: expect.stringContaining('100000 files'),
  })
  expect(await readdir(folder)).toEqual(['a.zip'])
})

test('an artifact goes through no link of the checkout, and takes the place of none', async () => {
  await mkdir(join(folder, 'out'))
  await mkdir(join(folder, 'elsewhere'))
  await symlink('../elsewhere', join(folder, 'out/models'))
  for (const name of ['models/', 'models/evil/']) {
    await expect(extract([entry(name, 0)])).rejects.toMatchObject({
      code: 'ARTIFACT_NAME_INVALID',
      message: expect.stringContaining('behind a link'),
    })
  }
  expect(await readdir(join(folder, 'elsewhere'))).toEqual([])
})

test('an artifact with a name that no file can have is refused', async () => {
  await expect(extract([entry('a\0b/', 0)])).rejects.toMatchObject({ code: 'ARTIFACT_NAME_INVALID' })
})
