import { modelSection, waiversSection } from '@sluice/config'
import { commonInputs, defineAction, list, text } from '@sluice/toolkit'
import { resultOf } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionYml } from '../src/generate/action-yml.js'
import { configurationPage } from '../src/generate/configuration.js'
import { actionReadme } from '../src/generate/readme.js'
import { sectionsAmong, sectionsMissing } from '../src/generate/sections.js'
import { troubleshooting } from '../src/generate/troubleshooting.js'

function declare(
  parts: {
    description?: string
    example?: Record<string, string>
    permissions?: Record<string, string>
  } = {},
) {
  return defineAction({
    name: 'greet',
    description: parts.description ?? "Greets: what's given, and # more.",
    branding: { icon: 'anchor', color: 'gray-dark' },
    permissions: parts.permissions ?? { contents: 'read, to see files' },
    inputs: {
      ...commonInputs,
      toWhom: text({ description: 'A name | or two.', required: true }),
      paths: list({ description: 'Where.', default: ['a', 'b: c'] }),
    },
    outputs: { seen: 'What was seen.' },
    example: parts.example ?? { 'to-whom': 'world', paths: 'models\nimages' },
    run: async () => resultOf({ headline: '' }),
  })
}

test('action.yml says what the declaration says, whatever the texts hold', () => {
  const metadata = parse(actionYml(declare()))
  expect(metadata).toMatchObject({
    name: 'Sluice greet',
    description: "Greets: what's given, and # more.",
    branding: { icon: 'anchor', color: 'gray-dark' },
    runs: { using: 'node24', main: 'dist/index.js' },
  })
  expect(metadata.inputs['to-whom']).toEqual({ description: 'A name | or two.', required: true })
  expect(metadata.inputs.paths).toEqual({ description: 'Where.', required: false, default: 'a\nb: c' })
  expect(metadata.inputs['fail-on'].default).toBe('fail')
  expect(metadata.inputs.summary.default).toBe('true')
  expect(Object.keys(metadata.outputs)).toEqual([
    'seen',
    'verdict',
    'headline',
    'report',
    'sarif',
    'statement',
  ])
})

test('a text that GitHub would evaluate is refused', () => {
  expect(() => actionYml(declare({ description: 'Uses ${{ secrets.X }}.' }))).toThrow(
    expect.objectContaining({ code: 'GENERATE_EXPRESSION' }),
  )
})

test("the README's example is YAML that can be used, with the permissions it needs", () => {
  const readme = actionReadme(declare())
  const yaml = /```yaml\n([\s\S]+?)```/.exec(readme)?.[1] ?? ''
  expect(parse(yaml)).toMatchObject({
    permissions: { contents: 'read' },
    steps: [
      { uses: expect.stringMatching(/^actions\/checkout@[0-9a-f]{40}$/) },
      {
        uses: expect.stringMatching(/^sluice-ci\/sluice\/actions\/greet@[0-9a-f]{40}$/),
        with: { 'to-whom': 'world', paths: 'models\nimages' },
      },
    ],
  })
  expect(yaml).toContain('contents: read # to see files')
  expect(yaml).toContain('# v0.1.0')
})

test("the README's tables hold every input and output, and the command line repeats a list's flag", () => {
  const readme = actionReadme(declare())
  expect(readme).toContain('| `to-whom` | A name \\| or two. | text | **required** |')
  expect(readme).toContain('| `paths` | Where. | a list, one entry a line | `a, b: c` |')
  expect(readme).toContain('| `seen` | What was seen. |')
  expect(readme).toContain('--paths models \\\n    --paths images')
  for (const code of ['| 0 |', '| 1 |', '| 2 |', '| 3 |']) expect(readme).toContain(code)
})

test.each([
  [{ paths: 'x' }, 'to-whom'],
  [{ 'to-whom': 'x', nonsense: 'y' }, 'nonsense'],
])('an example that would not run is refused: %j', (example, says) => {
  expect(() => actionReadme(declare({ example }))).toThrow(
    expect.objectContaining({ code: 'GENERATE_EXAMPLE', message: expect.stringContaining(says) }),
  )
})

test('a permission needs a level and a reason', () => {
  expect(() => actionReadme(declare({ permissions: { contents: 'read' } }))).toThrow(
    expect.objectContaining({ code: 'GENERATE_PERMISSION' }),
  )
})

test('troubleshooting is sorted by code over all fragments', () => {
  const page = troubleshooting([
    { file: 'a', text: '### ZED_CODE\nLast.\n\n### MIDDLE_CODE\n\nTwo.\nLines.\n' },
    { file: 'b', text: '### A_CODE\nFirst.\n' },
  ])
  expect(page.match(/^## .+$/gm)).toEqual(['## A_CODE', '## MIDDLE_CODE', '## ZED_CODE'])
  expect(page).toContain('## MIDDLE_CODE\n\nTwo.\nLines.\n')
})

test.each([
  ['a code twice', '### A_CODE\nx\n\n### A_CODE\ny\n'],
  ['a heading without a text', '### A_CODE\n\n### B_CODE\nx\n'],
  ['another heading', '# Errors\nx\n'],
  ['text before a heading', 'x\n'],
])('a fragment with %s is refused', (_, text) => {
  expect(() => troubleshooting([{ file: 'f', text }])).toThrow(
    expect.objectContaining({ code: 'GENERATE_FRAGMENT' }),
  )
})

test('sections are found among exports, once each', () => {
  const sections = sectionsAmong([
    { modelSection, other: 1 },
    { waiversSection },
    { again: modelSection, nothing: null },
  ])
  expect(sections.map(({ name }) => name)).toEqual(['model', 'waivers'])
  expect(sectionsMissing(sections)).toContain('rollout')
  expect(() => sectionsAmong([{ modelSection }, { other: { ...modelSection } }])).toThrow(
    expect.objectContaining({ code: 'GENERATE_SECTION' }),
  )
})

test('the page of keys says of alternatives that one of them is required, not all', () => {
  const text = { type: 'string' }
  const signer = {
    anyOf: [
      { type: 'object', properties: { key: text }, required: ['key'] },
      { type: 'object', properties: { identity: text, issuer: text }, required: ['identity', 'issuer'] },
    ],
  }
  const environments = {
    type: 'object',
    properties: { target: text, by: signer },
    required: ['target', 'by'],
  }
  const page = configurationPage({ properties: { environments } }, 'https://example.com/schema.json', '')
  expect(page).toContain('| `target` | string | required |')
  expect(page).toContain('| `by.key` | string | required without `identity`, `issuer` |')
  expect(page).toContain('| `by.issuer` | string | required without `key` |')
})

test('an example that reads a registry logs in before, and no other does', () => {
  const login = /actions\/checkout[\s\S]*docker login ghcr\.io[\s\S]*actions\/greet@/
  expect(actionReadme(declare({ permissions: { packages: 'read, to pull' } }))).toMatch(login)
  expect(actionReadme(declare())).not.toContain('docker login')
})
