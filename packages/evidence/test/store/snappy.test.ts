import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSnappy } from '../../src/store/snappy.js'

/** What pyarrow 19 compresses `text` to: literals of both kinds, copies with offsets of one and of two bytes. */
const text = JSON.stringify(
  { a: Array(20).fill('flight-delays'), b: Array.from({ length: 30 }, (_, index) => index) },
  null,
  1,
)
  .replaceAll(/\n +/g, ' ')
  .replaceAll(/([[{]) /g, '$1')
  .replaceAll(/ ?\n?([\]}])/g, '$1')
const compressed = Buffer.from(
  '0ANceyJhIjogWyJmbGlnaHQtZGVsYXlzIiwg/hEA/hEA/hEA/hEA7hEABREQXSwgImIhW3gwLCAxLCAyLCAzLCA0LCA1LCA2LCA3LCA4LCA5LCAxAR/wSjEsIDEyLCAxMywgMTQsIDE1LCAxNiwgMTcsIDE4LCAxOSwgMjAsIDIxLCAyMiwgMjMsIDI0LCAyNSwgMjYsIDI3LCAyOCwgMjldfQ==',
  'base64',
)

test('gives back what another implementation compressed', () => {
  expect(Buffer.from(decodeSnappy(compressed, 1000)).toString()).toBe(text)
})

test('is refused when larger than the limit, before it is read, and when a byte is missing', () => {
  expect(() => decodeSnappy(compressed, text.length - 1)).toThrow(RangeError)
  for (let length = 0; length < compressed.length; length++)
    expect(() => decodeSnappy(compressed.subarray(0, length), 1000)).toThrow(RangeError)
})

test.each<[string, number[]]>([
  ['a literal whose length turns negative', [4, 0xfc, 0xfa, 0xff, 0xff, 0xff, 0]],
  ['a copy from before the start', [8, 0, 65, 0x0d, 2]],
  ['a copy from nowhere', [8, 0, 65, 0x0d, 0]],
  ['more than it declares', [1, 4, 65, 65]],
  ['a length without end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
])('%s is refused', (_what, bytes) => {
  expect(() => decodeSnappy(Uint8Array.from(bytes), 1000)).toThrow(RangeError)
})

test('any bytes end, in at most what they declare', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(decodeSnappy(bytes, 4096).length).toBeLessThanOrEqual(4096)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})
