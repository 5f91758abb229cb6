import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PROJECT } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { CALLED_BY_COMMIT, REPOSITORY, startWorld } from './world.js'

const JOB = 'lineage'
const SIGNER = `https://github.com/${REPOSITORY}/.github/workflows/lineage.yml@refs/heads/main`
const ISSUER = 'https://token.actions.githubusercontent.com'
const action = (name: string) => `${PROJECT.repository}/actions/${name}@${CALLED_BY_COMMIT} # v0.1.0`

/** Signs a base model and one that was made from it, verifies both by the second, and signs what a step declared. */
const WORKFLOW = `on: workflow_dispatch
permissions: {}
jobs:
  ${JOB}:
    runs-on: ubuntu-24.04
    permissions: { contents: read, id-token: write }
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { persist-credentials: false }
      - uses: ${action('sign')}
        with: { path: model, signature: base.sig, working-directory: upstream }
      - run: |
          cp -r upstream/model ours/base
          cp -r upstream/base.sig upstream/.sluice ours
      - uses: ${action('sign')}
        with: { path: model, working-directory: ours }
      - id: verify
        uses: ${action('verify')}
        with: { path: model, working-directory: ours, identity: "${SIGNER}", predicate-types: provenance, lineage: true }
      - run: echo changed > ours/base/weights.bin
      - id: changed
        continue-on-error: true
        uses: ${action('sign')}
        with: { path: model, working-directory: ours }
      - run: |
          mkdir out && echo made > out/made.bin
          echo out/made.bin >> "$GITHUB_ARTIFACTS"
      - id: declared
        uses: ${action('sign')}
`

const SIGNED_BY = `{ identity: "${SIGNER}", issuer: "${ISSUER}" }`
const FILES = {
  '.github/workflows/lineage.yml': WORKFLOW,
  'upstream/sluice.yaml': 'signing: {}\n',
  'upstream/model/weights.bin': 'base',
  'ours/model/weights.bin': 'tuned',
  'ours/sluice.yaml': `signing:
  dependencies:
    - { role: base-model, path: base, signature: { bundle: base.sig, signedBy: ${SIGNED_BY} } }
  lineage:
    - { role: base-model, signedBy: [${SIGNED_BY}] }
`,
}

test('a model is signed and verified with what it was made from, and what a step declared is signed', async () => {
  await using world = await startWorld()
  for (const [file, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(world.folder, file)), { recursive: true })
    await writeFile(join(world.folder, file), text)
  }
  const run = await world.rehearse('lineage.yml', { event: 'workflow_dispatch' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  expect(run.step(JOB, 'verify')).toMatchObject({
    outputs: { verdict: 'pass' },
    summary: expect.stringContaining('Made from, with evidence of its own'),
  })
  expect(run.log).toContain('SIGN_DEPENDENCY_UNSIGNED')
  expect(run.step(JOB, 'changed').outcome).toBe('failure')
  expect(run.step(JOB, 'declared').outputs).toMatchObject({
    digest: `sha256:${createHash('sha256').update('made\n').digest('hex')}`,
    subject: expect.stringMatching(/^out\/made\.bin@/),
  })
})
