import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readModel } from '../src/model.js'

const folder = new URL('../../models/champion/', import.meta.url)
const weights = readFileSync(new URL('model.safetensors', folder))
const text = readFileSync(new URL('model.json', folder), 'utf8')

interface Description {
  features: Record<'hour' | 'origin', { kind: string; size: number; values: string[] }>
  terms: string[][]
}

const changed = (change: (description: Description) => void): string => {
  const description = JSON.parse(text) as Description
  change(description)
  return JSON.stringify(description)
}

test('a description that fits its weights makes a model', () => {
  expect(readModel(text, weights)).toMatchObject({ name: 'champion', terms: { length: 5 } })
})

test.each([
  [
    'a vocabulary that lost an airport',
    changed((d) => d.features.origin.values.pop()),
    /origin has the wrong size/,
  ],
  ['a size that its table does not have', changed((d) => (d.features.hour.size = 12)), /hour has shape/],
  ['a term over a feature that is not described', changed((d) => d.terms.push(['altitude'])), /altitude/],
  ['a term that has no table', changed((d) => d.terms.push(['hour', 'origin'])), /no tensor hour\.origin/],
  [
    'a kind of feature it does not know',
    changed((d) => (d.features.hour.kind = 'constructor')),
    /constructor/,
  ],
  ['no terms', changed((d) => (d.terms = [])), /no terms/],
])('%s is refused before a flight is scored', (_, description, message) => {
  expect(() => readModel(description, weights)).toThrow(message)
})

test('weights that are not numbers are refused', () => {
  const spoilt = Uint8Array.from(weights)
  spoilt.fill(0xff, spoilt.length - 4)
  expect(() => readModel(text, spoilt)).toThrow(/not finite/)
})
