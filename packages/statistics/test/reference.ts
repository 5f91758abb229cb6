import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Values of SciPy 1.17.1, made by fixtures/generate.py. */
export const reference = JSON.parse(
  readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8'),
)

/** Holds `found` against `expected` relative to its size; `floor` is the absolute error that is allowed anyway. */
export function expectClose(found: number, expected: number, relative = 1e-12, floor = 0): void {
  if (found === expected) return
  const error = Math.abs(found - expected)
  if (error <= relative * Math.abs(expected) || error <= floor) return
  expect.fail(`${found} is not ${expected}: off by ${error / Math.abs(expected)} of it`)
}
