import { PROJECT } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { ghesWorkflow } from '../src/generate/ghes-workflow.js'

const TAG = `@v${PROJECT.version}`
const step = (line: string) => `name: model-x\njobs:\n  a:\n    steps:\n      - ${line}\n`

test.each([
  ['an action of ours', 'uses: $/actions/sign', `uses: ${PROJECT.repository}/actions/sign${TAG}`],
  [
    'a composite of ours',
    'uses: $/.github/actions/permissions',
    `uses: ${PROJECT.repository}/.github/actions/permissions${TAG}`,
  ],
  [
    'a workflow of ours',
    'uses: $/.github/workflows/model-gates.yml',
    `uses: ${PROJECT.repository}/.github/workflows/ghes-model-gates.yml${TAG}`,
  ],
])('names %s by the tag of the release', (_, from, to) => {
  expect(ghesWorkflow('model-x.yml', step(from))).toBe(
    `# Generated from model-x.yml by \`npm run generate\`, for GitHub Enterprise Server; edit that.\n${step(to).replace('model-x', 'ghes-model-x')}`,
  )
})

test('artifacts are those of version 3, and queues are left out', () => {
  const text = `name: model-x
concurrency:
  group: a
  queue: max
jobs:
  a:
    steps:
      - uses: actions/upload-artifact@${'a'.repeat(40)} # v4.6.2
        with:
          name: \${{ inputs.prefix }}-gates-image
          overwrite: true
      - uses: actions/download-artifact@${'b'.repeat(40)} # v5.0.0
        with:
          name: \${{ inputs.prefix }}-gates-image
`
  const variant = ghesWorkflow('model-x.yml', text)
  expect(variant).toMatch(
    /upload-artifact@\w{40} # v3\.\d+\.\d+\n {8}with:\n {10}name: .*-gates-image\n {6}-/,
  )
  expect(variant).toMatch(/download-artifact@\w{40} # v3\.\d+\.\d+\n {8}with:\n {10}name: .*-gates-image\n$/)
  expect(variant).not.toContain('queue')
})

test('what has no variant is refused', () => {
  expect(() => ghesWorkflow('model-x.yml', step('pattern: other-*'))).toThrow(
    expect.objectContaining({ code: 'GENERATE_GHES', message: expect.stringContaining('model-x.yml') }),
  )
})
