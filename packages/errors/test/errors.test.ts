import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSluiceError, nearest, SluiceError } from '../src/index.js'

test.each([
  ['lvel', 'level'],
  ['levle', 'level'],
  ['Level', 'level'],
  ['failon', 'fail-on'],
  ['paths', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('%s was probably meant to be %s', (word, meant) => {
  expect(nearest(word, ['level', 'fail-on', 'subject'])).toBe(meant)
})

test('a known word is its own nearest, and an answer is always a known word', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1 }),
      fc.string(),
      (known, word) => {
        const [first = ''] = known
        expect(nearest(first, known)?.toLowerCase()).toBe(first.toLowerCase())
        const found = nearest(word, known)
        if (found !== undefined) expect(known).toContain(found)
      },
    ),
  )
})

test('an error is usage unless it says otherwise, and keeps its cause', () => {
  const cause = new Error('inner')
  const error = new SluiceError('A_CODE', 'Found x; expected y.', { remedy: 'Write y.', cause })
  expect(error).toMatchObject({ code: 'A_CODE', kind: 'usage', remedy: 'Write y.', cause, at: undefined })
})

test('an error of another copy of the class is recognised; others are not', () => {
  const foreign = Object.assign(new Error('x'), { name: 'SluiceError', code: 'A_CODE', remedy: 'r' })
  expect(isSluiceError(foreign)).toBe(true)
  for (const other of [new TypeError('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'x', null]) {
    expect(isSluiceError(other)).toBe(false)
  }
})
