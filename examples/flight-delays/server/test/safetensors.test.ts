import { expect, test } from 'vitest'
import { readSafetensors } from '../src/safetensors.js'

const BYTES = 8
const good = { a: { dtype: 'F32', shape: [2], data_offsets: [0, BYTES] } }

function file(header: unknown, data = new Uint8Array(BYTES), claimed?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

test('every type comes out as doubles, whatever the alignment', () => {
  const data = new Uint8Array(4 + 8 + 8)
  const view = new DataView(data.buffer)
  view.setFloat32(0, 0.5, true)
  view.setFloat64(4, Math.PI, true)
  view.setBigInt64(12, -7n, true)
  const header = {
    __metadata__: { format: 'np' },
    c: { dtype: 'I64', shape: [1], data_offsets: [12, 20] },
    a: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
    b: { dtype: 'F64', shape: [1, 1], data_offsets: [4, 12] },
  }
  const tensors = readSafetensors(file(header, data))
  expect([...tensors].map(([name, { shape, values }]) => [name, shape, ...values])).toEqual([
    ['a', [], 0.5],
    ['b', [1, 1], Math.PI],
    ['c', [1], -7],
  ])
})

test.each([
  ['fewer than eight bytes', new Uint8Array(7)],
  ['a header longer than the file', file(good, undefined, 10_000n)],
  ['a header of 2^63 bytes', file(good, undefined, 1n << 63n)],
  ['a header that is not JSON', file('{')],
  ['a header that is a list', file('[]')],
  ['a tensor that is no object', file({ a: null })],
  ['a type it does not know', file({ a: { ...good.a, dtype: 'BF16' } })],
  ['a type named after an object method', file({ a: { ...good.a, dtype: 'toString' } })],
  ['a negative size', file({ a: { ...good.a, shape: [-2] } })],
  ['sizes whose product overflows', file({ a: { ...good.a, shape: [2 ** 52, 2 ** 52] } })],
  ['offsets past the end', file({ a: { ...good.a, shape: [4], data_offsets: [0, 16] } })],
  ['offsets that run backwards', file({ a: { ...good.a, data_offsets: [8, 0] } })],
  ['a span that is not what the shape needs', file({ a: { ...good.a, shape: [1] } })],
  ['a gap before the first tensor', file({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } })],
  ['tensors that overlap', file({ ...good, b: good.a })],
  ['bytes after the last tensor', file(good, new Uint8Array(BYTES + 1))],
])('%s is refused', (_, bytes) => {
  expect(() => readSafetensors(bytes)).toThrow(expect.objectContaining({ name: 'ModelFileError' }))
})
