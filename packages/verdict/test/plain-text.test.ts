import fc from 'fast-check'
import { expect, test } from 'vitest'
import { logText, oneLine, shorten } from '../src/index.js'
import { hostileText } from './reports.js'

test.each([
  ['::error::gone wrong', '\\::error::gone wrong'],
  ['  \u00a0::set-output name=a::b', '  \u00a0\\::set-output name=a::b'],
  ['a\r::add-mask::x', 'a\n\\::add-mask::x'],
  ['text ##[error]x', 'text ##\\[error]x'],
  ['std::vector', 'std::vector'],
  ['\u001b[31mred\u001b[0m \u001b]0;title\u0007done', 'red done'],
  ['a\u0000b\u0008c', 'a\ufffdb\ufffdc'],
  ['pay\u202etxt.exe', 'pay\ufffdtxt.exe'],
])('%j is logged as %j', (text, shown) => {
  expect(logText(text)).toBe(shown)
})

test('no line of a log begins a command of the runner, whatever the text', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      // As .NET reads lines and trims them: also at NEL, which is white space to it.
      for (const line of logText(text).split(/\r\n|[\r\n\u0085\u2028\u2029]/)) {
        expect(line.replace(/^[\s\u0085]+/, '').startsWith('::')).toBe(false)
        expect(line).not.toContain('##[')
        expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
      }
    }),
    { numRuns: 2000 },
  )
})

test('one line is one line, well-formed, and stays as it is when cleaned again', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const line = oneLine(text)
      expect(line).not.toMatch(/[\r\n\t\u2028\u2029\u001b]/)
      expect(line.isWellFormed()).toBe(true)
      expect(oneLine(line)).toBe(line)
    }),
  )
})

test('shortening never tears a surrogate pair, and never lengthens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
      const short = shorten(text, limit)
      expect(short.length).toBeLessThanOrEqual(Math.max(limit, 1))
      expect(short.isWellFormed()).toBe(true)
    }),
  )
})
