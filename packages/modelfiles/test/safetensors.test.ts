import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { examineBytes } from '../src/examine.js'
import { POLICY } from './pickles.js'

function safetensors(header: string | object, data: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(data)])
}

const tensor = (dtype: string, shape: unknown, ...offsets: unknown[]) => ({
  dtype,
  shape,
  data_offsets: offsets,
})
const examine = (file: Uint8Array) => examineBytes(file, POLICY)

test.each<[string, object, number]>([
  ['no tensors', {}, 0],
  ['one tensor', { a: tensor('F32', [2, 3], 0, 24) }, 24],
  ['tensors in any order', { b: tensor('BF16', [2], 4, 8), a: tensor('U8', [4], 0, 4) }, 8],
  ['a scalar and an empty one', { a: tensor('F64', [], 0, 8), b: tensor('F64', [0, 9], 8, 8) }, 8],
  ['four bits', { a: tensor('F4', [4], 0, 2) }, 2],
  ['metadata', { __metadata__: { format: 'pt' }, a: tensor('BOOL', [1], 0, 1) }, 1],
])('a file with %s passes', async (_, header, data) => {
  expect(await examine(safetensors(header, data))).toMatchObject({ format: 'safetensors', issues: [] })
})

describe('a header that does not describe its data is not decided', () => {
  test.each<[string, object | string, number]>([
    ['a hole', { a: tensor('U8', [2], 0, 2), b: tensor('U8', [2], 3, 5) }, 5],
    ['an overlap', { a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 2, 6) }, 6],
    ['data left over', { a: tensor('U8', [2], 0, 2) }, 3],
    ['data missing', { a: tensor('U8', [4], 0, 4) }, 3],
    ['a shape that needs more', { a: tensor('F32', [2], 0, 4) }, 4],
    ['a shape that overflows', { a: tensor('F64', [2 ** 40, 2 ** 40], 0, 0) }, 0],
    ['a negative shape', { a: tensor('U8', [-1, -2], 0, 2) }, 2],
    ['offsets the wrong way', { a: tensor('U8', [0], 2, 1) }, 2],
    ['three offsets', { a: tensor('U8', [1], 0, 1, 2) }, 1],
    ['an unknown type', { a: tensor('O8', [1], 0, 1) }, 1],
    ['a type that is a property of every object', { a: tensor('constructor', [1], 0, 1) }, 1],
    ['metadata that is no text', { __metadata__: { a: 1 } }, 0],
    [
      'a key twice',
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    ],
    ['a nested key twice', '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1],
    ['broken JSON', '{"a": }', 0],
  ])('%s', async (_, header, data) => {
    expect((await examine(safetensors(header, data))).issues).toMatchObject([
      { rule: 'model/malformed', level: 'unknown' },
    ])
  })
})

test('tensors that tile the data pass, and with one byte more or less they do not', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      let at = 0
      const header = Object.fromEntries(
        lengths.map((length, index) => {
          at += length
          return [`t${index}`, tensor('U8', [length], at - length, at)]
        }),
      )
      expect((await examine(safetensors(header, at))).issues).toEqual([])
      expect((await examine(safetensors(header, at + 1))).issues).toHaveLength(1)
      if (at > 0) expect((await examine(safetensors(header, at - 1))).issues).toHaveLength(1)
    }),
    { numRuns: 50 },
  )
})
