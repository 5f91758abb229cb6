import { isSluiceError, type SluiceError } from '@sluice/errors'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  type ConfigSection,
  type ConfigSource,
  defineSection,
  loadSection,
  modelSection,
  parseSection,
  waiversSection,
} from '../src/index.js'

function errorOf(work: () => unknown): SluiceError {
  try {
    work()
  } catch (error) {
    if (isSluiceError(error)) return error
    throw error
  }
  throw new Error('expected an error')
}

const read = (text: string) => parseSection(text, 'sluice.yaml', modelSection)

test.each([
  {
    what: 'a mistyped section',
    text: 'model: { name: a, path: b }\nwaviers: []\n',
    code: 'CONFIG_UNKNOWN_KEY',
    at: { line: 2, column: 1 },
    says: '`waviers` is no section',
    remedy: 'Did you mean `waivers`?',
  },
  {
    what: 'a mistyped key',
    text: 'model:\n  name: a\n  pth: b\n',
    code: 'CONFIG_UNKNOWN_KEY',
    at: { line: 3, column: 3 },
    says: '`model.pth` is no known key',
    remedy: 'Did you mean `path`?',
  },
  {
    what: 'a missing key',
    text: 'model:\n  name: a\n',
    code: 'CONFIG_INVALID',
    at: { line: 2, column: 3 },
    says: '`model.path` is missing',
    remedy: 'Add `path`.',
  },
  {
    what: 'a value of the wrong type',
    text: 'model:\n  name: 7\n  path: b\n',
    code: 'CONFIG_INVALID',
    at: { line: 2, column: 9 },
    says: '`model.name` is 7; expected a text',
    remedy: 'Set `model.name` to a text.',
  },
  {
    what: 'a path that leads out',
    text: 'model:\n  name: a\n  path: ../secrets\n',
    code: 'CONFIG_INVALID',
    at: { line: 3, column: 9 },
    says: '`model.path`: Expected a relative path',
    remedy: 'Correct `model.path`.',
  },
  {
    what: 'a key given twice',
    text: 'model:\n  name: a\n  name: b\n  path: c\n',
    code: 'CONFIG_MALFORMED',
    at: { line: 3, column: 3 },
    says: 'the key `name` stands twice',
    remedy: 'Correct the YAML at that line.',
  },
  {
    what: 'an unclosed bracket',
    text: 'model: [a\n',
    code: 'CONFIG_MALFORMED',
    at: { line: 2 },
    says: 'not the YAML that is expected',
    remedy: 'Correct the YAML at that line.',
  },
  {
    what: 'a second document',
    text: 'model: { name: a, path: b }\n---\nmodel: { name: c, path: d }\n',
    code: 'CONFIG_MALFORMED',
    at: { line: 2 },
    says: 'a second document begins here; only one is read.',
    remedy: 'Correct the YAML at that line.',
  },
  {
    what: 'a list in place of keys',
    text: 'model: [a]\n',
    code: 'CONFIG_INVALID',
    at: { line: 1, column: 8 },
    says: '`model` is a list; expected keys: ',
    remedy: 'Write `key: value` lines below `model`, without `-`.',
  },
  {
    what: 'a tag nobody resolves',
    text: 'model: { name: !secret a, path: b }\n',
    code: 'CONFIG_MALFORMED',
    at: { line: 1 },
    says: 'Unresolved tag',
    remedy: 'Correct the YAML at that line.',
  },
  {
    what: 'a list in place of sections',
    text: '- model\n',
    code: 'CONFIG_INVALID',
    at: { line: 1, column: 1 },
    says: 'holds no mapping',
    remedy: 'Put each section under its key; `sluice init` writes an example.',
  },
  {
    what: 'a key that every object answers to',
    text: 'model:\n  name: a\n  path: b\n  constructor: c\n',
    code: 'CONFIG_UNKNOWN_KEY',
    at: { line: 4, column: 3 },
    says: '`constructor` is no known key',
    remedy: 'Remove it.',
  },
])('$what is named with its line', ({ text, code, at, says, remedy }) => {
  const error = errorOf(() => read(text))
  expect(error).toMatchObject({ code, remedy, at: { file: 'sluice.yaml', ...at } })
  expect(error.message).toContain(says)
  expect(error.message).toContain(`sluice.yaml:${at.line}:`)
})

test('aliases that multiply are refused before they fill the memory', () => {
  const levels = Array.from({ length: 9 }, (_, n) => `  l${n + 1}: &l${n + 1} [${`*l${n}, `.repeat(9)}]`)
  const error = errorOf(() => read(['model:', '  l0: &l0 [x]', ...levels].join('\n')))
  expect(error).toMatchObject({ code: 'CONFIG_MALFORMED' })
  expect(error.message).toContain('aliases expand too far')
})

test('a file nested a hundred thousand deep is a coded error, not a crash', () => {
  expect(errorOf(() => read(`model: ${'['.repeat(100_000)}`))).toMatchObject({ code: 'CONFIG_MALFORMED' })
})

test('an alias is followed to where its value stands', () => {
  const error = errorOf(() => read('model: &m\n  name: A\n  path: b\n'))
  expect(error.at).toMatchObject({ line: 2, column: 9 })
})

test('of a union, the alternative that came furthest is explained', () => {
  const section = defineSection({
    name: 'rollout',
    description: '',
    schema: v.variant('kind', [
      v.strictObject({ kind: v.literal('haproxy'), socket: v.string() }),
      v.strictObject({ kind: v.literal('istio'), host: v.strictObject({ name: v.string() }) }),
    ]),
  })
  const error = errorOf(() =>
    parseSection('rollout:\n  kind: istio\n  host:\n    nam: x\n', 'sluice.yaml', section),
  )
  expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_KEY', remedy: 'Did you mean `name`?', at: { line: 4 } })
  expect(error.message).toContain('`rollout.host.nam` is no known key')
  expect(error.message).toContain('`rollout.host.name` is missing')
})

test('an empty file, a comment and a file without the section read alike', () => {
  for (const text of ['', '# nothing\n', 'waivers: []\n', 'model:\n']) expect(read(text)).toBeUndefined()
})

test('only the default file may be absent', async () => {
  const none: ConfigSource = { exists: async () => false, readText: async () => '' }
  await expect(loadSection(none, 'sluice.yaml', waiversSection)).resolves.toEqual([])
  await expect(loadSection(none, 'other.yaml', waiversSection)).rejects.toMatchObject({
    code: 'CONFIG_NOT_FOUND',
  })
})

test('whatever the file holds, it is read or refused with a code', () => {
  const yamlish = fc.array(
    fc.constantFrom(
      'model',
      'waivers',
      'name',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      '|',
      '<<',
      'x',
      '!t',
      '---\n',
      '%Y',
      '\t',
      '?',
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(
      fc.oneof(
        yamlish.map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        for (const section of [modelSection, waiversSection] as ConfigSection<unknown>[]) {
          try {
            parseSection(text, 'sluice.yaml', section)
          } catch (error) {
            expect(isSluiceError(error) && error.code).toMatch(/^CONFIG_/)
            expect((error as SluiceError).at?.line).toBeGreaterThanOrEqual(1)
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('as many keys as a file may have are read in seconds', { timeout: 15_000 }, () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `  a${index}: 1\n`).join('')
  expect(errorOf(() => read(`model:\n${keys}`)).code).toBe('CONFIG_UNKNOWN_KEY')
})
