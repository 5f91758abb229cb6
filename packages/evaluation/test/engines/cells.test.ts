import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CellKind, cellOf, exactJson } from '../../src/engines/server/cells.js'

describe('a cell', () => {
  test.each<[unknown, CellKind, unknown]>([
    ['NaN', 'float', Number.NaN],
    ['nan', 'float', Number.NaN],
    ['Infinity', 'float', Infinity],
    ['-inf', 'float', -Infinity],
    ['1.0E-300', 'float', 1e-300],
    ['278908409818195070000', 'float', 2.7890840981819507e20],
    [-0, 'float', -0],
    ['', 'float', undefined],
    ['many', 'float', undefined],
    [true, 'float', undefined],
    ['9007199254740991', 'integer', 9007199254740991],
    ['-9007199254740992', 'integer', '-9007199254740992'],
    ['1.5', 'integer', undefined],
    ['1.50', 'decimal', 1.5],
    ['7.000', 'decimal', 7],
    ['-0.5', 'decimal', -0.5],
    ['12345678901234567890.00', 'decimal', '12345678901234567890'],
    ['1e5', 'decimal', undefined],
    ['true', 'boolean', true],
    [false, 'boolean', false],
    ['yes', 'boolean', undefined],
    ['NaN', 'word', 'NaN'],
    [[1, 'a'], 'text', '[1,"a"]'],
    [null, 'integer', null],
    [undefined, 'word', null],
  ])('%j of %s', (value, kind, expected) => {
    expect(cellOf(value, kind)).toEqual(expected)
  })

  test('every double comes back from its own text', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(cellOf(Object.is(value, -0) ? '-0' : String(value), 'float')).toBe(value)
      }),
    )
  })
})

describe('exact JSON', () => {
  test('is JSON, but for whole numbers that a double would change', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/\d{16}/.test(text) || !/[^.\d]\d{16,}(?![.\de])/.test(` ${text}`))
        expect(exactJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('keeps every digit of a whole number, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }), fc.boolean(), (value, negative) => {
        const text = `${negative ? '-' : ''}${value}`
        expect(exactJson(`{"a": [[${text}, "${text}", 0.1, 1e300]]}`)).toEqual({
          a: [[text, text, 0.1, 1e300]],
        })
      }),
    )
  })

  test.each(['{', '', '[1, NaN]', '<html>'])('%j is none', (text) => {
    expect(() => exactJson(text)).toThrow(SyntaxError)
  })
})
