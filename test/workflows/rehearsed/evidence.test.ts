import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from '@sluice/verdict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../workspace/checkout.js'
import { CALLED_BY_COMMIT, REPOSITORY, startWorld, type World } from './world.js'

const JOB = 'evidence'
const IDENTITY = `https://github.com/${REPOSITORY}/.github/workflows/evidence.yml@refs/heads/main`
const SLUICE = `node ${join(root, 'packages/cli/lib/main.js')}`

/** Signs an image and a model, verifies, signs what was decided, verifies by that alone, and exports. */
const workflow = (image: string, attestations: 'write' | 'none') => `on: workflow_dispatch
permissions: {}
jobs:
  ${JOB}:
    runs-on: ubuntu-24.04
    permissions: { contents: read, id-token: write, packages: write, attestations: ${attestations} }
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { persist-credentials: false }
      - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
        env: { TOKEN: "\${{ github.token }}" }
      - id: sign
        uses: ${PROJECT.repository}/actions/sign@${CALLED_BY_COMMIT} # v0.1.0
        with:
          subject: ${image}
          store: |
            oci
            github
      - id: verify
        uses: ${PROJECT.repository}/actions/verify@${CALLED_BY_COMMIT} # v0.1.0
        with:
          subject: ${image}
          identity: ${IDENTITY}
          max-age-seconds: 3600
          store: github
      - id: summary
        uses: ${PROJECT.repository}/actions/sign@${CALLED_BY_COMMIT} # v0.1.0
        with:
          subject: ${image}
          predicates: none
          statements: \${{ steps.verify.outputs.statement }}
          store: |
            oci
            github
      - id: by-summary
        uses: ${PROJECT.repository}/actions/verify@${CALLED_BY_COMMIT} # v0.1.0
        with:
          subject: ${image}
          identity: ${IDENTITY}
          predicate-types: vsa
          policy-digest: \${{ steps.verify.outputs.policy-digest }}
          max-age-seconds: 3600
      - id: other-policy
        continue-on-error: true
        uses: ${PROJECT.repository}/actions/verify@${CALLED_BY_COMMIT} # v0.1.0
        with:
          subject: ${image}
          identity: ${IDENTITY}
          predicate-types: vsa
          policy-digest: sha256:${'0'.repeat(64)}
      - id: model
        uses: ${PROJECT.repository}/actions/sign@${CALLED_BY_COMMIT} # v0.1.0
        with: { path: models }
      - id: export
        run: |
          ${SLUICE} evidence export models --identity ${IDENTITY} --to out --format json > export.json
          echo "policy=$(node -p "require('./export.json').outputs['policy-digest']")" >> "$GITHUB_OUTPUT"
          ${SLUICE} evidence export ${image} --identity ${IDENTITY} --predicate-types provenance --predicate-types vsa --to image
      - id: offline
        run: ${SLUICE} evidence verify out --path models --policy \${{ steps.export.outputs.policy }}
`

let world: World
let image: string
beforeAll(async () => {
  world = await startWorld()
  image = await world.push('champion')
})
afterAll(() => world[Symbol.asyncDispose]())

const rehearse = async (attestations: 'write' | 'none') => {
  await writeFile(join(world.folder, '.github/workflows/evidence.yml'), workflow(image, attestations))
  return await world.rehearse('evidence.yml', { event: 'workflow_dispatch' })
}

test('without the permission for attestations nothing is signed in silence: the step names the line to add', async () => {
  const run = await rehearse('none')
  expect(run.conclusion).toBe('failure')
  expect(run.log).toContain('STORE_FORBIDDEN')
  expect(run.log).toContain('`attestations: write`')
})

test('an image is signed, verified from GitHub’s attestations, summed up, and all of it exported', async () => {
  const run = await rehearse('write')
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  const step = (id: string) => run.step(JOB, id)
  expect(step('verify').outputs).toMatchObject({ verdict: 'pass', verified: '1' })
  expect(step('by-summary').outputs).toMatchObject({ verdict: 'pass', verified: '1' })
  expect(step('other-policy').outputs).toMatchObject({ verdict: 'fail' })
  expect(step('offline').conclusion).toBe('success')
  const kept = world.services.record().attestations
  expect(new Set(kept.map(({ predicateType }) => predicateType))).toEqual(
    new Set(['https://slsa.dev/provenance/v1', 'https://slsa.dev/verification_summary/v1']),
  )
  const digest = image.slice(image.indexOf('sha256:'))
  expect(kept.every(({ subjects }) => subjects.includes(digest))).toBe(true)
})
