import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareApk } from '../src/versions/apk.js'
import { comparatorOf } from '../src/versions/compare.js'
import { compareDpkg } from '../src/versions/dpkg.js'

type Vector = readonly [string, string, -1 | 0 | 1]

test('Debian versions are ordered as dpkg orders them', () => {
  const vectors = JSON.parse(
    readFileSync(new URL('fixtures/dpkg-versions.json', import.meta.url), 'utf8'),
  ) as Vector[]
  expect(vectors).toHaveLength(600)
  for (const [a, b, sign] of vectors) {
    expect({ a, b, sign: Math.sign(compareDpkg(a, b) ?? Number.NaN) }).toEqual({ a, b, sign })
    expect(Math.sign(compareDpkg(b, a) ?? Number.NaN)).toBe(sign === 0 ? 0 : -sign)
  }
})

describe('Alpine versions, each list from the lowest to the highest', () => {
  test.each([
    [
      [
        '1.0_alpha',
        '1.0_alpha2',
        '1.0_beta',
        '1.0_pre',
        '1.0_rc1',
        '1.0',
        '1.0-r1',
        '1.0_git20240101',
        '1.0_p1',
        '1.0_p10',
        '1.0.1',
      ],
    ],
    [['1.9', '1.10', '1.10a', '1.10b', '1.11']],
    [['1.01', '1.02', '1.1', '1.2']],
    [['1.0-r0', '1.0-r9', '1.0-r10']],
    [['0.1.0_alpha_pre2', '0.1.0_alpha']],
    [['20200101', '20210101-r1']],
  ])('%j', (versions) => {
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries()) expect(Math.sign(compareApk(a, b)!)).toBe(Math.sign(i - j))
    }
  })
})

test('Python versions are ordered as PEP 440 says', () => {
  const compare = comparatorOf('PyPI')!
  const versions = ['1.0.dev1', '1.0a1', '1.0b2', '1.0rc1', '1.0', '1.0+local.1', '1.0.post1', '1.1', '1!0.1']
  for (const [i, a] of versions.entries()) {
    for (const [j, b] of versions.entries()) expect(Math.sign(compare(a, b)!)).toBe(Math.sign(i - j))
  }
  expect(compare('1.0', '1.0.0')).toBe(0)
})

test.each([
  ['Debian:12', '', '1'],
  ['Debian:12', '1.0 1', '1'],
  ['Debian:12', 'a', '1'],
  ['Alpine:v3.20', '1.0bc', '1'],
  ['Alpine:v3.20', '1.0_foo', '1'],
  ['PyPI', 'not-a-version', '1'],
])('in %s, %j is no version, and so not below any', (ecosystem, a, b) => {
  expect(comparatorOf(ecosystem)!(a, b)).toBeUndefined()
})

test('an ecosystem that nobody knows has no order', () => {
  expect(comparatorOf('constructor')).toBeUndefined()
  expect(comparatorOf('npm')).toBeUndefined()
})

test.each([
  ['Debian', compareDpkg, fc.stringMatching(/^[0-9][0-9a-z.+~]{0,8}(-[0-9a-z.+~]{1,4})?$/)],
  ['Alpine', compareApk, fc.stringMatching(/^\d{1,2}(\.\d{1,2}){0,2}[a-c]?(_(alpha|rc|p)\d?)?(-r\d)?$/)],
])('the order of %s versions is one: reflexive, antisymmetric, transitive', (_, compare, versions) => {
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      expect(compare(a, a)).toBe(0)
      expect(Math.sign(compare(a, b)!) + Math.sign(compare(b, a)!)).toBe(0)
      const sorted = [a, b, c].sort((x, y) => compare(x, y)!)
      expect(compare(sorted[0]!, sorted[2]!)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 2000 },
  )
})
