import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EVIDENCE_CODES } from '../../src/refusal.js'
import { RULES } from './rules.js'

const PLACES = [join(import.meta.dirname, '..'), join(import.meta.dirname, '../../../../actions/verify/test')]

function source(file: string): string {
  const place = PLACES.map((folder) => join(folder, file)).find((path) => existsSync(path))
  expect(place, file).toBeDefined()
  return readFileSync(place ?? '', 'utf8')
}

/** How a code stands in tests of the library, and in those of the action as a finding's rule. */
const spellings = (code: string) => [code, code.replace('EVIDENCE_', '').toLowerCase().replaceAll('_', '-')]

test.each(RULES)('$rule', ({ codes, accepts, refuses }) => {
  expect(accepts.length, 'tests that accept').toBeGreaterThan(0)
  expect(refuses.length, 'tests that refuse').toBeGreaterThan(0)
  for (const [file, words] of [...accepts, ...refuses]) expect(source(file), file).toContain(words)
  const told = refuses.map(([file]) => source(file)).join()
  for (const code of codes)
    expect(
      spellings(code).some((spelling) => told.includes(spelling)),
      `${code} in a test that refuses`,
    ).toBe(true)
})

test('every code stands for a rule', () => {
  expect(EVIDENCE_CODES.filter((code) => !RULES.some(({ codes }) => codes.includes(code)))).toEqual([])
})
