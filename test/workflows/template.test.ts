import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace/checkout.js'
import { TEMPLATES } from './repository.js'

/** What GitHub's template picker reads (docs, "Creating workflow templates for your organization"). */
interface Properties {
  readonly name: string
  readonly description: string
  readonly iconName?: string
  readonly categories?: readonly string[]
  readonly filePatterns?: readonly string[]
}

test.each(TEMPLATES)('%s has its properties and its icon', (file) => {
  const path = join(root, file.replace(/\.yml$/, '.properties.json'))
  const properties = JSON.parse(readFileSync(path, 'utf8')) as Properties
  expect(Object.keys(properties).sort()).toEqual([
    'categories',
    'description',
    'filePatterns',
    'iconName',
    'name',
  ])
  expect(properties.name.length).toBeGreaterThan(3)
  expect(properties.description.length).toBeGreaterThan(20)
  const icon = join(root, 'workflows-templates', `${properties.iconName}.svg`)
  expect(existsSync(icon)).toBe(true)
  const svg = readFileSync(icon, 'utf8')
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*viewBox="0 0 24 24"/)
  expect(svg).not.toMatch(/<script|href=|on\w+=/)
  for (const pattern of properties.filePatterns ?? []) {
    expect(new RegExp(pattern).test('sluice.yaml'), pattern).toBe(true)
    expect(new RegExp(pattern).test('docs/sluice.yaml'), pattern).toBe(false)
  }
})
