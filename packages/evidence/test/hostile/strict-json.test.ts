import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseStrictJson } from '../../src/bundle/strict-json.js'

/** Whether a document is one that every reader understands alike, found by recursion over its tokens. */
function isUnambiguous(text: string): boolean {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? []
  let at = 0
  const sound = (depth: number): boolean => {
    const token = tokens[at++]
    if (token?.startsWith('"')) return JSON.parse(token).isWellFormed()
    if (token !== '{' && token !== '[') return true
    if (depth === 64) return false
    const names: string[] = []
    const close = token === '{' ? '}' : ']'
    while (tokens[at] !== close) {
      if (tokens[at] === ',') at++
      if (token === '{') {
        const name = JSON.parse(tokens[at] ?? '')
        if (names.includes(name) || name === '__proto__' || !name.isWellFormed()) return false
        if (name.length === 1 && name !== '\\' && tokens[at]?.startsWith('"\\')) return false
        names.push(name)
        at += 2
      }
      if (!sound(depth + 1)) return false
    }
    at++
    return true
  }
  return sound(0)
}

/** Few names, spelled in many ways, so that the same one comes twice often. */
const spelled = fc
  .tuple(
    fc.constantFrom(
      'a',
      'b',
      '__proto__',
      'é',
      '"',
      '\\',
      '{"a":1}',
      ',',
      ':',
      '\ud83d\ude00',
      '',
      'constructor',
    ),
    fc.boolean(),
  )
  .map(([name, escaped]) =>
    escaped
      ? `"${Array.from({ length: name.length }, (_, at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(name),
  )
const halves = fc.constantFrom('"\\ud83d"', '"\\ude00x"', '"\\\\ud83d"', '"\\\\\\ud83d"')
const scalar = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0', '-1.5e3', 'true', 'false', 'null', '"]"', '"\\\\"', '"\\""') },
  { weight: 4, arbitrary: spelled },
  { weight: 1, arbitrary: halves },
)
const space = fc.constantFrom('', '', ' ', '\n\t')
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc
      .tuple(
        space,
        fc.array(fc.tuple(fc.oneof({ weight: 20, arbitrary: spelled }, halves), tie('json')), {
          maxLength: 4,
        }),
      )
      .map(
        ([gap, members]) =>
          `{${gap}${members.map(([name, value]) => `${name}${gap}:${value}`).join(`,${gap}`)}}`,
      ),
    fc
      .tuple(space, fc.array(tie('json'), { maxLength: 4 }))
      .map(([gap, items]) => `[${items.join(`${gap},`)}${gap}]`),
  ),
}))

function outcome(text: string | Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: parseStrictJson(text, 'The document') }
  } catch (error) {
    expect(error).toMatchObject({ name: 'SluiceError', code: 'EVIDENCE_MALFORMED', kind: 'refused' })
    return undefined
  }
}

test('what is read is what JSON.parse reads, and is refused exactly where two readers could differ', () => {
  const seen = { read: 0, refused: 0 }
  fc.assert(
    fc.property(json, (text) => {
      const expected = isUnambiguous(text) ? { value: JSON.parse(text) } : undefined
      expect(outcome(text)).toEqual(expected)
      expect(outcome(Buffer.from(text))).toEqual(expected)
      seen[expected ? 'read' : 'refused']++
    }),
    { numRuns: 3000 },
  )
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(300)
})

test('a name that JSON.parse may read as another is refused, and the same name in plain letters is read', () => {
  // From now on an object whose second name starts with a backslash, as it is written, may be taken for this one.
  JSON.parse('{"first":0,"\\\\":1}')
  expect(outcome('{"first":0,"\\u0078":1}')).toBeUndefined()
  expect(outcome('{"first":0,"\\"":1}')).toBeUndefined()
  expect(outcome('{"first":0,"x":1}')).toEqual({ value: { first: 0, x: 1 } })
  expect(outcome('{"first":0,"\\\\":1}')).toEqual({ value: { first: 0, '\\': 1 } })
  expect(outcome('{"first":0,"\\u0078y":1}')).toEqual({ value: { first: 0, xy: 1 } })
})

test('a changed character makes it no JSON, or another document that is judged alike', () => {
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 2 }),
    add: fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '1', 'x', '\u0000', '\ufeff', '\ud800'),
  })
  fc.assert(
    fc.property(json, change, (text, { at, cut, add }) => {
      const place = at % (text.length + 1)
      const changed = text.slice(0, place) + add + text.slice(place + cut)
      let valid = changed.isWellFormed()
      try {
        JSON.parse(changed)
      } catch {
        valid = false
      }
      expect(outcome(changed)).toEqual(
        valid && isUnambiguous(changed) ? { value: JSON.parse(changed) } : undefined,
      )
    }),
    { numRuns: 5000 },
  )
})

test('bytes that are not UTF-8 are refused, never replaced', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const text = Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')])
      const read = outcome(text)
      if (read)
        expect(
          Buffer.from(JSON.stringify(read.value)).equals(
            Buffer.from(JSON.stringify(JSON.parse(text.toString()))),
          ),
        ).toBe(true)
      if (!Buffer.from(text.toString()).equals(text)) expect(read).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

describe('limits', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const many = (values: number) => `[${'1,'.repeat(values - 2)}1]`

  test.each([
    ['64 levels', nested(64), true],
    ['65 levels', nested(65), false],
    ['65 levels that are never closed', '{"a":'.repeat(65), false],
    ['a million values', many(1_000_000), true],
    ['a value more', many(1_000_001), false],
    ['a million open brackets', '[],'.repeat(500_001), false],
  ])('%s', (_what, text, read) => {
    expect(outcome(text) !== undefined).toBe(read)
  })

  // Each would take hours, were the walk quadratic in it; the limit of the test is what fails then.
  const size = 32 * 1024 * 1024
  test.each([
    ['backslashes', `"${'\\\\'.repeat(size / 2)}"`, true],
    ['backslashes and no end', `"${'\\\\'.repeat(size / 2)}\\"`, false],
    ['escaped quotes', `"${'\\"'.repeat(size / 2)}"`, true],
    ['quotes', '"'.repeat(size), false],
    ['quotes in a list', `["${'","'.repeat(size / 3)}"]`, false],
    ['a name of backslashes', `{"${'\\\\'.repeat(size / 2)}":1}`, true],
    ['escaped letters', `"${'\\u0041'.repeat(size / 6)}"`, true],
    ['spaces', `${' '.repeat(size)}1`, true],
    ['colons', ':'.repeat(size), false],
  ])('32 MiB of %s', (_what, text, read) => {
    expect(outcome(Buffer.from(text)) !== undefined).toBe(read)
  })
})

test('a name that is quoted in an error is cut, and cannot start a line', () => {
  const name = `\n::error::${'x'.repeat(1000)}`
  const text = `{${JSON.stringify(name)}:1,${JSON.stringify(name)}:2}`
  expect(() => parseStrictJson(text, 'It')).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^It has a member "\\n::error::x{100,200}" twice in one object\.$/),
    }),
  )
})
