import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../src/contract.js'
import { expandMatrix, matrixName } from '../../src/graph/matrix.js'

const combinations = (matrix: Value) => expandMatrix(matrix).map((each) => each.matrix)

describe('a matrix', () => {
  test.each<[string, Value, Value[]]>([
    [
      'is the product of its lists, the last one fastest',
      { arch: ['x64', 'x86'], os: ['linux', 'windows'] },
      [
        { arch: 'x64', os: 'linux' },
        { arch: 'x64', os: 'windows' },
        { arch: 'x86', os: 'linux' },
        { arch: 'x86', os: 'windows' },
      ],
    ],
    [
      'leaves out what exclude matches',
      {
        arch: ['x64', 'x86'],
        os: ['linux', 'windows'],
        exclude: [{ arch: 'x86', os: 'Linux' }, { os: 'windows' }],
      },
      [{ arch: 'x64', os: 'linux' }],
    ],
    [
      'gets values that include adds, without new combinations',
      { os: ['linux', 'windows'], include: [{ os: 'linux', extra: 1 }, { color: 'red' }] },
      [
        { os: 'linux', extra: 1, color: 'red' },
        { os: 'windows', color: 'red' },
      ],
    ],
    [
      'lets a later include overwrite what an earlier one added, never the lists',
      { os: ['linux'], include: [{ v: 1 }, { v: 2 }, { os: 'mac', v: 3 }] },
      [
        { os: 'linux', v: 2 },
        { os: 'mac', v: 3 },
      ],
    ],
    ['may be includes only', { include: [{ a: 1 }, { a: 2, b: 3 }] }, [{ a: 1 }, { a: 2, b: 3 }]],
    [
      'excludes by parts of nested values',
      { node: [{ version: 20 }, { version: 24, lts: true }], exclude: [{ node: { version: 24 } }] },
      [{ node: { version: 20 } }],
    ],
  ])('%s', (_, matrix, expected) => {
    expect(combinations(matrix)).toEqual(expected)
  })

  test.each<[string, Value, RegExp]>([
    ['no mapping', 'text', /no mapping/],
    ['no list', { os: 'linux' }, /no list at `os`/],
    ['an empty list, as of an output that came to nothing', { os: [] }, /no values at `os`/],
    ['nothing left', { os: ['a'], exclude: [{ os: 'a' }] }, /makes no job/],
    ['too many', { a: Array(17).fill(0).map(String), b: Array(16).fill(0).map(String) }, /272 jobs.*256/],
    ['far too many', { a: Array(1000).fill('x'), b: Array(1000).fill('x') }, /1000000 combinations/],
    ['an empty include', { os: ['a'], include: [{}] }, /without values/],
  ])('%s is refused', (_, matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(
      expect.objectContaining({ code: 'MATRIX_INVALID', message: expect.stringMatching(message) }),
    )
  })

  test('has one combination for each choice, and none twice', () => {
    const list = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.tuple(list, list, list), ([a, b, c]) => {
        const found = combinations({ a, b, c }).map((each) => JSON.stringify(each))
        expect(new Set(found).size).toBe(a.length * b.length * c.length)
        expect(found.length).toBe(new Set(found).size)
      }),
    )
  })

  test('names a job by its values, at most 100 characters', () => {
    const [first] = expandMatrix({ os: ['linux'], v: [24], on: [true], include: [{ more: 'x' }] })
    expect(matrixName('test', first!.segments)).toBe('test (linux, 24, true)')
    expect(matrixName('test', ['x'.repeat(200)])).toHaveLength(100)
  })
})
