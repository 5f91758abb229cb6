import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  extractAction,
  extractDockerfile,
  extractRequirements,
  extractWorkflow,
  imagePin,
  usesPin,
} from '../src/index.js'

/** Pieces that the readers take apart, so that the generator meets their corners. */
const piece = fc.oneof(
  fc.constantFrom(
    'FROM ',
    'ARG A',
    '${A',
    '}',
    ':-',
    'COPY --from=',
    'RUN <<E',
    '\nE\n',
    '\\\n',
    '# escape=`\n',
    'AS x',
  ),
  fc.constantFrom(
    'jobs:',
    '\n  a:',
    '\n    steps:',
    '\n      - uses: ',
    'a/b@v1',
    '&x ',
    '*x',
    '<<: ',
    '${{ matrix.a }}',
    '{',
    '}',
    '[',
    ']',
  ),
  fc.constantFrom(
    '-r ',
    '-e ',
    '--hash=',
    'sha256:',
    'a==1',
    ' @ ',
    'git+https://',
    '; ',
    ' #',
    '--extra-index-url=',
  ),
  fc.string({ maxLength: 8 }),
)
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

test.each([
  ['workflow', extractWorkflow],
  ['action', extractAction],
  ['dockerfile', extractDockerfile],
  ['requirements', extractRequirements],
])('a %s of any text is read twice alike, never throws, and its spans lie inside', (_, extract) => {
  fc.assert(
    fc.property(text, (text) => {
      const result = extract('f', text)
      expect(extract('f', text)).toEqual(result)
      const lines = text.split('\n').length
      for (const { span } of result.references) {
        expect(span.line).toBeGreaterThanOrEqual(1)
        expect(span.endLine).toBeLessThanOrEqual(Math.max(lines, text.split(/\r\n|\r|\n/).length) + 1)
        expect(span.endLine > span.line || span.endColumn >= span.column).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

test('only a whole digest or commit at the very end is a content hash', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ maxLength: 70 }), (name, end) => {
      for (const [pin, whole] of [
        [usesPin(`a/b@${end}`), /^[0-9a-f]{40}$/i],
        [imagePin(`${name}@sha256:${end}`), /^[0-9a-f]{64}$/],
      ] as const) {
        if (pin.state === 'pinned' && pin.level === 'content-hash') expect(end).toMatch(whole)
      }
    }),
  )
})
