import { parseSection } from '@sluice/config'
import { describe, expect, test } from 'vitest'
import { signingSection } from '../src/index.js'

const parse = (text: string) => parseSection(text, 'sluice.yaml', signingSection)

test('a file without the section declares nothing', () => {
  expect(parse('')).toEqual({ dependencies: [], ignore: [] })
})

test('dependencies are files of the repository, or elsewhere with a digest', () => {
  const section = parse(`signing:
  ignore: [notes]
  tsaUrl: https://tsa.example
  dependencies:
    - { role: dataset, path: data/train.parquet }
    - { role: base-model, uri: "hf://acme/base", digest: "gitCommit:${'a'.repeat(40)}" }
`)
  expect(section).toMatchObject({
    ignore: ['notes'],
    dependencies: [{ path: 'data/train.parquet' }, { uri: 'hf://acme/base' }],
  })
})

test('what is elsewhere without a digest is told all that would do', () => {
  const text = 'signing:\n  dependencies:\n    - { role: dataset, uri: "s3://x" }\n'
  expect(() => parseSection(text, 'sluice.yaml', signingSection)).toThrow(
    /`uri` with `digest`, or `uri` with/,
  )
  // A role that every alternative wants is what is missing.
  const nameless = 'signing:\n  dependencies:\n    - { path: x }\n'
  expect(() => parseSection(nameless, 'sluice.yaml', signingSection)).toThrow(/role` is missing/)
})

describe('is refused at its line', () => {
  test.each([
    ['an unknown key', 'signing:\n  fulcio: https://x\n', 2],
    ['an absolute path', 'signing:\n  trustedRoot: /etc/root.json\n', 2],
    [
      'what is elsewhere without a digest',
      'signing:\n  dependencies:\n    - { role: dataset, uri: "s3://x" }\n',
      3,
    ],
    [
      'a digest that is none',
      'signing:\n  dependencies:\n    - { role: dataset, uri: x, digest: latest }\n',
      3,
    ],
    ['a role that is none', 'signing:\n  dependencies:\n    - { role: thing, path: x }\n', 3],
    ['a service that is no URL', 'signing:\n  rekorUrl: rekor\n', 2],
  ])('%s', (_what, text, line) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^CONFIG_/),
        at: expect.objectContaining({ line }),
      }),
    )
  })
})
