import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { jsonSchema, modelSection, waiversSection } from '../src/index.js'

const schema = await jsonSchema([waiversSection, modelSection], 'https://example.com/sluice.schema.json')
const validate = new Ajv({ strict: false }).compile(schema)

test('the schema accepts what the sections accept', () => {
  const waivers = [{ rule: 'a/b', reason: 'r', owner: 'o', expires: '2026-12-31' }]
  expect(validate({ model: { name: 'a', path: 'b' }, waivers })).toBe(true)
  expect(validate({})).toBe(true)
})

test('the schema refuses unknown keys at every depth', () => {
  expect(validate({ modell: {} })).toBe(false)
  expect(validate({ model: { name: 'a', path: 'b', pth: 'c' } })).toBe(false)
  expect(
    validate({ waivers: [{ rule: 'a/b', reason: 'r', owner: 'o', expires: '2026-12-31', until: 'x' }] }),
  ).toBe(false)
})

test('sections stand in the order of the documentation, and every key has a description', () => {
  expect(Object.keys(schema['properties'] as object)).toEqual(['model', 'waivers'])
  expect(undescribed(schema['properties'], 'properties')).toEqual([])
})

/** Paths of the properties without a description. */
export function undescribed(properties: unknown, path: string): string[] {
  return Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>).flatMap(
    ([key, value]) => {
      const items = value['items'] as Record<string, unknown> | undefined
      return [
        ...(value['description'] ? [] : [`${path}.${key}`]),
        ...undescribed(value['properties'], `${path}.${key}`),
        ...undescribed(items?.['properties'], `${path}.${key}[]`),
      ]
    },
  )
}
