import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { action } from '../src/action.js'

const SHA = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'
const WORKFLOW = '.github/workflows/ci.yml'
const workflow = (...uses: string[]) =>
  `jobs:\n  a:\n    steps:\n${uses.map((text) => `      - uses: ${text}\n`).join('')}`

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

async function check(files: Record<string, string | Uint8Array>, given: Given = {}) {
  await using context = await testContext({ files })
  return await action.run(inputsWith(action, given), context)
}

test('passes when everything is pinned, and says over how much', async () => {
  const result = await check({
    [WORKFLOW]: workflow(`a/b@${SHA}`),
    Dockerfile: `FROM a@sha256:${'a1'.repeat(32)}\n`,
  })
  expect(result).toMatchObject({ verdict: 'pass', headline: 'All of 2 references in 2 files are pinned.' })
})

test('fails on a tag; the input level overrides sluice.yaml', async () => {
  const files = { [WORKFLOW]: workflow('a/b@v1.2.3'), 'sluice.yaml': 'pins:\n  level: content-hash\n' }
  expect((await check(files)).verdict).toBe('fail')
  expect((await check(files, { level: 'exact-version' })).verdict).toBe('pass')
})

test('an unpinned and an undecidable reference together fail; the undecidable alone is inconclusive', async () => {
  const undecided = `jobs:\n  a:\n    container: \${{ inputs.image }}\n`
  expect((await check({ [WORKFLOW]: undecided })).verdict).toBe('inconclusive')
  const both = await check({ [WORKFLOW]: undecided, '.github/workflows/b.yml': workflow('a/b@main') })
  expect(both).toMatchObject({ verdict: 'fail', outputs: { references: '2', unpinned: '1', undecided: '1' } })
})

test('paths and ignore choose the files', async () => {
  const files = {
    [WORKFLOW]: workflow(`a/b@${SHA}`),
    'test/fixtures/Dockerfile': 'FROM alpine\n',
    'sluice.yaml': "pins:\n  ignore: ['test/**']\n",
  }
  expect((await check(files)).verdict).toBe('pass')
  expect((await check(files, { paths: ['.github/**'] })).outputs['references']).toBe('1')
})

test('a waiver accepts until it expires', async () => {
  const waiver = (expires: string) =>
    `waivers:\n  - rule: pin-check/unpinned-image\n    path: Dockerfile\n    reason: base image follows the platform\n    owner: ml-platform\n    expires: ${expires}\n`
  const files = { Dockerfile: 'FROM alpine:3\n' }
  expect((await check({ ...files, 'sluice.yaml': waiver('2026-03-03') })).verdict).toBe('pass')
  const late = await check({ ...files, 'sluice.yaml': waiver('2026-03-02') })
  expect(late.findings.map((finding) => finding.rule)).toEqual(['pin-check/unpinned-image', 'waiver/expired'])
})

test('leaves evidence about a subject that names the files by digest', async () => {
  const digest = `sha256:${'d4'.repeat(32)}`
  const { statements } = await check({ [WORKFLOW]: workflow('a/b@v1') }, { subject: `model@${digest}` })
  expect(statements).toMatchObject([
    {
      subject: [{ name: 'model', digest: { sha256: 'd4'.repeat(32) } }],
      predicate: {
        result: 'FAILED',
        configuration: [
          { name: 'sluice/pin-check' },
          { name: 'pins' },
          { name: WORKFLOW, digest: { sha256: expect.any(String) } },
        ],
        failedTests: [WORKFLOW],
      },
    },
  ])
})

test.each([
  ['nothing to examine', { 'a.txt': '' }, {}, 'PIN_FILES_NOT_FOUND'],
  ['only a malformed file', { [WORKFLOW]: 'jobs: [' }, {}, 'PIN_FILE_MALFORMED'],
  ['a missing configuration', { [WORKFLOW]: workflow('./x') }, { config: 'other.yaml' }, 'CONFIG_NOT_FOUND'],
  [
    'an unknown level',
    { [WORKFLOW]: workflow('./x'), 'sluice.yaml': 'pins: { level: hash }\n' },
    {},
    'CONFIG_INVALID',
  ],
  [
    'a subject without digest',
    { [WORKFLOW]: workflow('./x') },
    { subject: 'model:latest' },
    'SUBJECT_MALFORMED',
  ],
])('%s is a coded error', async (_, files, given, code) => {
  await expect(check(files as Record<string, string>, given as Given)).rejects.toMatchObject({
    code,
    remedy: expect.any(String),
  })
})
