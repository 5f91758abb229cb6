import { isSluiceError } from '@sluice/errors'
import { pathFault } from '@sluice/evidence'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseArtifactsList } from '../src/artifacts-list.js'
import { parseChecksums } from '../src/files.js'

const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const name = fc.oneof(
  fc.constantFrom(
    'a/b',
    '../a',
    '/etc/passwd',
    'a\\b',
    'C:/x',
    './a',
    'a/./b',
    'a//b',
    '__proto__',
    '',
    '\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

/** Plain relative paths, each once; or a refusal with a code. */
function holds(read: () => readonly { readonly name: string; readonly digest: string }[]): void {
  try {
    const subjects = read()
    for (const subject of subjects) {
      expect(pathFault(subject.name)).toBeUndefined()
      expect(subject.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    }
    expect(new Set(subjects.map((subject) => subject.name)).size).toBe(subjects.length)
  } catch (error) {
    if (!isSluiceError(error)) throw error
    expect(error.code).toMatch(/^SIGN_(CHECKSUMS|ARTIFACTS)$/)
    expect(error.message.length).toBeLessThan(1000)
  }
}

test('a list of checksums, whatever it holds, gives plain paths or a refusal', () => {
  const line = fc.oneof(
    fc.tuple(hex, fc.constantFrom('  ', ' *', ' '), name).map((parts) => parts.join('')),
    fc.tuple(name, hex).map(([path, digest]) => `SHA256 (${path}) = ${digest}`),
    fc.string({ maxLength: 80 }),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) =>
      holds(() => parseChecksums(lines.join('\n'), 'SUMS')),
    ),
    { numRuns: 2000 },
  )
})

test('a list of declared artifacts, whatever it holds, gives plain paths or a refusal', () => {
  const subject = fc.record(
    {
      name,
      digest: fc.oneof(
        hex.map((digest) => `sha256:${digest}`),
        fc.string({ maxLength: 10 }),
      ),
      kind: fc.constant('file'),
    },
    { requiredKeys: [] },
  )
  const list = fc.oneof(
    fc
      .record({
        version: fc.constantFrom(1, 1, 1, 2, '1'),
        subjects: fc.oneof(fc.array(subject, { maxLength: 4 }), fc.jsonValue()),
      })
      .map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string({ maxLength: 60 }),
  )
  fc.assert(
    fc.property(list, (text) => holds(() => parseArtifactsList(text))),
    { numRuns: 2000 },
  )
})
