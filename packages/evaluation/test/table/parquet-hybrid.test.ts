import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHybrid } from '../../src/table/parquet-hybrid.js'

/** Groups of eight values, lowest bits first, with the header of a bit-packed run. */
function packed(values: readonly number[], width: number): number[] {
  const groups = Math.ceil(values.length / 8)
  const bytes = new Uint8Array(groups * width)
  for (const [i, value] of values.entries())
    for (let b = 0; b < width; b++)
      if (Math.floor(value / 2 ** b) % 2 === 1) bytes[(i * width + b) >> 3]! |= 1 << ((i * width + b) & 7)
  return [...varint(groups * 2 + 1), ...bytes]
}

function repeated(value: number, times: number, width: number): number[] {
  const bytes = Array.from({ length: (width + 7) >> 3 }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256)
  return [...varint(times * 2), ...bytes]
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))]
}

describe('the hybrid of runs and packed bits', () => {
  test('is read at every width', () => {
    const runs = fc.integer({ min: 0, max: 32 }).chain((width) => {
      const value = fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((n) => (n * 2 + 1) % 2 ** width)
      return fc.tuple(
        fc.constant(width),
        fc.array(fc.array(value, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
      )
    })
    fc.assert(
      fc.property(runs, ([width, groups]) => {
        const values: number[] = []
        const bytes: number[] = []
        for (const [i, group] of groups.entries()) {
          if (i % 2 === 0) {
            // Within the values a packed run is of whole groups of eight.
            const whole = [...group, ...Array.from({ length: (8 - (group.length % 8)) % 8 }, () => 0)]
            values.push(...whole)
            bytes.push(...packed(whole, width))
          } else {
            values.push(...group.map(() => group[0]!))
            bytes.push(...repeated(group[0]!, group.length, width))
          }
        }
        const output = new Uint32Array(values.length)
        readHybrid(Uint8Array.from(bytes), width, output)
        expect([...output]).toEqual(values)
      }),
    )
  })

  test.each([
    ['nothing at all', []],
    ['a run of no values', [0]],
    ['a value that is not there', [8]],
    ['packed bits that are not there', [3, 1]],
    ['a length without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s is refused', (_, bytes) => {
    expect(() => readHybrid(Uint8Array.from(bytes), 8, new Uint32Array(8))).toThrow(Error)
  })

  test('a run longer than the page fills the page and no more', () => {
    const output = new Uint8Array(3)
    readHybrid(Uint8Array.from(repeated(1, 2 ** 27, 1)), 1, output)
    expect([...output]).toEqual([1, 1, 1])
  })
})
