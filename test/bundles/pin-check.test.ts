import { describe, expect, test } from 'vitest'
import { runBundle } from './rig.js'

const SHA = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'
const WORKFLOW = '.github/workflows/train.yml'
const workflow = (uses: string) => `on: push\njobs:\n  train:\n    steps:\n      - uses: ${uses}\n`
const GOOD = {
  [WORKFLOW]: workflow(`actions/checkout@${SHA} # v6.0.0`),
  Dockerfile: `FROM python:3.13@sha256:${'a1'.repeat(32)}\n`,
  'requirements.txt': `numpy==2.3.5 \\\n    --hash=sha256:${'c3'.repeat(32)}\n`,
}

test('passes a repository in which everything is pinned', async () => {
  const step = await runBundle('pin-check', { files: GOOD })
  expect(step).toMatchObject({ code: 0, outputs: { verdict: 'pass', references: '3', unpinned: '0' } })
})

test('blocks an unpinned action and an image tag, at their lines, with what to write', async () => {
  const step = await runBundle('pin-check', {
    files: { ...GOOD, [WORKFLOW]: workflow('actions/checkout@v6'), Dockerfile: 'FROM python:3.13\n' },
  })
  expect(step.code).toBe(1)
  expect(step.outputs).toMatchObject({ verdict: 'fail', unpinned: '2' })
  expect(step.report.findings).toMatchObject([
    { rule: 'pin-check/unpinned-action', location: { file: WORKFLOW, line: 5, column: 15 } },
    { rule: 'pin-check/unpinned-image', location: { file: 'Dockerfile', line: 1 } },
  ])
  expect(step.summary).toContain('Pin to the 40-hex commit of v6')
})

test('what cannot be decided is inconclusive', async () => {
  const step = await runBundle('pin-check', { files: { ...GOOD, Dockerfile: 'ARG BASE\nFROM ${BASE}\n' } })
  expect(step).toMatchObject({ code: 3, outputs: { verdict: 'inconclusive', undecided: '1' } })
})

test('writes a statement for sign when it has a subject', async () => {
  const subject = `flight-delays@sha256:${'d4'.repeat(32)}`
  const step = await runBundle('pin-check', { files: GOOD, inputs: { subject } })
  expect(step.code).toBe(0)
  expect(step.outputs['statement']).toMatch(/\.json$/)
})

describe('wrong input', () => {
  test.each([
    ['malformed YAML', { [WORKFLOW]: 'jobs: [' }, {}, 'PIN_FILE_MALFORMED'],
    ['nothing to examine', { 'README.md': '' }, {}, 'PIN_FILES_NOT_FOUND'],
    ['a missing configuration', GOOD, { config: 'none.yaml' }, 'CONFIG_NOT_FOUND'],
    ['an unknown level', GOOD, { level: 'firmly' }, 'INPUT_INVALID'],
    ['a subject without a digest', GOOD, { subject: 'flight-delays:latest' }, 'SUBJECT_MALFORMED'],
  ])('%s', async (_, files, inputs, code) => {
    const step = await runBundle('pin-check', {
      files: files as Record<string, string>,
      inputs: inputs as Record<string, string>,
    })
    expect(step.code).toBe(2)
    expect(step.report.error).toMatchObject({ code, remedy: expect.any(String) })
  })
})
