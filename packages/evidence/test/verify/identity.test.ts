import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityPattern } from '../../src/index.js'
import { isIdentity } from '../../src/verify/identity.js'

const workflow = 'https://github.com/acme/models/.github/workflows/release.yml@refs/heads/main'

test.each([
  [workflow],
  ['https://github.com/acme/*/.github/workflows/release.yml@refs/heads/main'],
  ['https://github.com/acme/models/.github/workflows/*.yml@refs/heads/*'],
  ['https://github.com/acme/m*l*/.github/workflows/release.yml@refs/heads/main'],
])('%s means the workflow', (pattern) => {
  expect(isIdentity(identityPattern(pattern), workflow)).toBe(true)
})

test.each([
  ['a prefix', 'https://github.com/acme/models/.github/workflows/release.yml'],
  ['a star that would cross a slash', 'https://github.com/acme/*/release.yml@refs/heads/main'],
  ['a star that would cross an at sign', 'https://github.com/acme/models/.github/workflows/*/heads/main'],
  ['a star at the end that would cross more', 'https://github.com/acme/*'],
  ['a dot that is not any character', workflow.replace('release.yml', 'release?yml')],
  ['another case', workflow.replace('acme', 'Acme')],
  ['an expression', 'https://github.com/acme/.*/.github/workflows/release.yml@refs/heads/main'],
])('%s does not mean the workflow', (_what, pattern) => {
  expect(isIdentity(identityPattern(pattern), workflow)).toBe(false)
})

test.each([
  ['more at the end', `${workflow}2`],
  ['more in front', `x${workflow}`],
  ['another owner', workflow.replace('acme', 'evil')],
  ['another owner that begins alike', workflow.replace('acme', 'acme-evil')],
  ['a line break', `${workflow}\n`],
])('a pattern does not mean %s', (_what, name) => {
  const pattern = identityPattern('https://github.com/acme/*/.github/workflows/*.yml@refs/heads/main')
  expect(isIdentity(pattern, workflow)).toBe(true)
  expect(isIdentity(pattern, name)).toBe(false)
})

test.each([
  ['CN=*,O=Acme', 'CN=release,O=Acme', true],
  ['CN=*,O=Acme', 'CN=release,OU=Guests,O=Acme', false],
  ['CN=*,O=Acme', 'CN=release+OU=Guests,O=Acme', false],
  // One attribute alone, whose value ends as another would.
  ['CN=*,O=Acme', 'CN=guest\\,O=Acme', false],
  ['CN=rel\\,*,O=Acme', 'CN=rel\\,ease,O=Acme', true],
  ['*,O=Acme', 'CN=release,OU=Guests,O=Acme', false],
  ['2.5.4.*', '2.5.4.97=#0c,O=Acme', false],
  ['https://acme.example/a*', 'https://acme.example/a,b+c', true],
])('%s and the subject %s: %s', (pattern, name, means) => {
  expect(isIdentity({ pattern }, name)).toBe(means)
})

describe('a pattern that leaves open who may have such a name is refused', () => {
  test.each([
    '',
    '*',
    '*@*',
    '*/*@*',
    'https://*',
    'https://*/acme/x',
    'HTTPS://*/acme/x',
    'https://github.com/*/models/.github/workflows/release.yml@refs/heads/main',
    'https://*@github.com/acme/x',
    'https://github.com/acme/**',
    '*@*.example',
    'release@*',
    `https://github.com/acme/${'x'.repeat(3000)}`,
  ])('%s', (pattern) => {
    expect(() => identityPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'VERIFY_IDENTITY_PATTERN' }),
    )
  })

  test('others are not', () => {
    for (const pattern of ['*@acme.example', 'CN=*,O=Acme', 'spiffe://acme.example/ci/*', '*.acme.example'])
      expect(identityPattern(pattern)).toEqual({ pattern })
  })
})

test('a star takes any run of other characters, and never a slash or an at sign', () => {
  const word = fc.string({ minLength: 0, maxLength: 8 }).filter((text) => !/[*/@]/.test(text))
  fc.assert(
    fc.property(word, word, word, fc.constantFrom('/', '@'), (before, between, after, crossing) => {
      const pattern = { pattern: `acme/${before}*${after}` }
      expect(isIdentity(pattern, `acme/${before}${between}${after}`)).toBe(true)
      expect(isIdentity(pattern, `acme/${before}${between}${crossing}${after}`)).toBe(false)
    }),
  )
})

test('a long name is compared in little work', () => {
  const pattern = { pattern: `acme/${'*a'.repeat(500)}b` }
  expect(isIdentity(pattern, `acme/${'a'.repeat(2000)}`)).toBe(false)
})
