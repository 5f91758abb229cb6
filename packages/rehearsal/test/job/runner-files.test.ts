import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAssignments, parsePaths } from '../../src/job/runner-files.js'

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,20}$/)
const value = fc.string({ unit: 'binary', maxLength: 200 })

test('whatever value is written as a block with a fresh delimiter is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value, fc.uuid())), (entries) => {
      const text = entries
        .map(([key, content, id]) => `${key}<<ghadelimiter_${id}\n${content}\nghadelimiter_${id}\n`)
        .join('')
      expect(parseAssignments(text)).toEqual(entries.map(([key, content]) => [key, content]))
    }),
  )
})

test('a value of one line is read back from name=value, whatever it holds', () => {
  fc.assert(
    fc.property(
      name,
      value.filter((text) => !text.includes('\n')),
      (key, content) => {
        expect(parseAssignments(`${key}=${content}\n`)).toEqual([[key, content]])
      },
    ),
  )
})

test('any text is either read or refused with a code', () => {
  const line = fc.oneof(value, name, fc.constantFrom('a<<b', 'b', '<<', '=', 'a=b', 'a<<', '<<b', 'a=<<b'))
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        for (const [key] of parseAssignments(lines.join('\n'))) expect(key).not.toBe('')
      } catch (error) {
        expect(error).toMatchObject({ code: 'RUNNER_FILE_INVALID' })
      }
    }),
  )
})

test('a value cannot set another output without its delimiter', () => {
  fc.assert(
    fc.property(value, fc.uuid(), (content, id) => {
      fc.pre(!content.split('\n').includes(id))
      expect(parseAssignments(`a<<${id}\n${content}\n${id}\n`)).toHaveLength(1)
    }),
  )
})

test.each([
  ['a<<', 'names no delimiter'],
  ['<<EOF', 'names no output'],
  ['=x', 'neither'],
  ['just words', 'neither'],
  ['a<<EOF\nx\nEOF ', 'does not come again'],
])('%j is refused', (text, word) => {
  expect(() => parseAssignments(text)).toThrow(word)
})

test('the first of = and << decides which form a line has', () => {
  expect(parseAssignments('a=b<<c')).toEqual([['a', 'b<<c']])
  expect(parseAssignments('a<<b=c\nx\nb=c')).toEqual([['a', 'x']])
})

test('paths come a line each', () => {
  expect(parsePaths('/a\r\n\n /b \n')).toEqual(['/a', ' /b '])
})
