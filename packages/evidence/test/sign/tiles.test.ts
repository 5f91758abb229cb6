import { MerkleLog } from '@sluice/rehearsal/testing'
import { describe, expect, test } from 'vitest'
import { readIncluded } from '../../src/sign/service/tiles.js'

const bodyOf = (index: number) => Buffer.from(`entry ${index}`)
/** A log of so many entries, which is read as one of version 2 is; `edit` changes what it answers. */
function logOf(size: number, edit: (path: string, bytes: Buffer) => Buffer = (_, bytes) => bytes) {
  const log = new MerkleLog('127.0.0.1', 'ed25519')
  for (let index = 0; index < size; index++) log.append(bodyOf(index))
  const fetch = async (url: string) => {
    const path = new URL(url).pathname.replace('/log/', '')
    const found = path === 'checkpoint' ? Buffer.from(log.checkpoint()) : log.tile(path.replace('tile/', ''))
    if (found === undefined) return new Response(null, { status: 404 })
    return new Response(new Uint8Array(edit(path, found)))
  }
  return { log, reach: { fetch, pause: async () => {} } }
}

describe('the entry and its proof are made from tiles', () => {
  test.each([
    [1, [0]],
    [2, [0, 1]],
    [7, [0, 3, 6]],
    [255, [0, 254]],
    [256, [0, 255]],
    [257, [0, 128, 256]],
    [700, [0, 255, 256, 511, 512, 699]],
  ])('of a log of %i', async (size, indices) => {
    const { log, reach } = logOf(size)
    for (const index of indices) {
      const included = await readIncluded('http://127.0.0.1/log', index, reach)
      expect(included).toMatchObject({ index, size, checkpoint: log.checkpoint() })
      expect(included.body.equals(bodyOf(index))).toBe(true)
    }
    // The proof of the last is what the log itself gave with it.
    const given = log.append(bodyOf(size))
    const last = await readIncluded('http://127.0.0.1/log', size, reach)
    expect(last.hashes).toEqual(given.hashes)
  })
})

describe('a log is not believed', () => {
  const flipped = (bytes: Buffer, at: number) => {
    const other = Buffer.from(bytes)
    other.writeUInt8((other[at] ?? 0) ^ 1, at)
    return other
  }
  test.each<[string, (path: string, bytes: Buffer) => Buffer, string]>([
    [
      'whose entry is another',
      (path, bytes) => (path.includes('entries') ? flipped(bytes, 4) : bytes),
      'do not add up',
    ],
    [
      'whose tile is another',
      (path, bytes) => (path.startsWith('tile/0') ? flipped(bytes, 40) : bytes),
      'do not add up',
    ],
    [
      'whose tile is short',
      (path, bytes) => (path.startsWith('tile/0') ? bytes.subarray(0, 33) : bytes),
      'lacks a hash',
    ],
    [
      'whose bundle is short',
      (path, bytes) => (path.includes('entries') ? bytes.subarray(0, 1) : bytes),
      'lacks the entry',
    ],
    [
      'whose checkpoint is none',
      (path, bytes) => (path === 'checkpoint' ? bytes.subarray(0, 5) : bytes),
      'no checkpoint',
    ],
  ])('%s', async (_what, edit, why) => {
    await expect(readIncluded('http://127.0.0.1/log', 0, logOf(9, edit).reach)).rejects.toThrow(why)
  })

  test('whose tile breaks off within a subtree', async () => {
    const { reach } = logOf(8, (path, bytes) =>
      path.startsWith('tile/0') ? bytes.subarray(0, 7 * 32) : bytes,
    )
    await expect(readIncluded('http://127.0.0.1/log', 0, reach)).rejects.toThrow('lacks a hash')
  })

  test('that has no checkpoint for the entry', async () => {
    await expect(readIncluded('http://127.0.0.1/log', 9, logOf(9).reach)).rejects.toThrow(
      'no checkpoint that holds it',
    )
  })
})
