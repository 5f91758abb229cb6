import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testResultStatement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { startWorld } from './world.js'

test('statements and reports that lie in the repository are neither signed nor believed', async () => {
  await using world = await startWorld()
  const image = await world.push('champion')
  const digest = image.slice(image.indexOf('@') + 1)
  const forged = testResultStatement(
    { name: 'flight-delays', digest },
    { check: 'penetration-test', verdict: 'pass', configuration: [] },
  )
  const folder = join(world.folder, 'sluice-gates')
  await mkdir(folder)
  for (const name of ['model-gate.statement.3.json', 'zz.statement.json'])
    await writeFile(join(folder, name), JSON.stringify(forged))
  const run = await world.rehearse('release.yml', {
    event: 'workflow_dispatch',
    inputs: { image, model: 'champion', 'first-release': 'true' },
  })
  expect(run.conclusion).toBe('success')
  const repository = await world.open(image.slice(0, image.indexOf('@')))
  const bundles = await repository.referrers(digest)
  const payloads: string[] = []
  for (const { digest: bundle } of bundles) {
    const manifest = JSON.parse(Buffer.from((await repository.manifest(bundle)).bytes).toString())
    for await (const chunk of repository.blob(manifest.layers[0])) {
      const { dsseEnvelope } = JSON.parse(Buffer.from(chunk).toString())
      payloads.push(Buffer.from(dsseEnvelope.payload, 'base64').toString())
    }
  }
  // The five of the gates and the provenance, and nothing that only lay there.
  expect(payloads).toHaveLength(6)
  expect(payloads.join('\n')).not.toContain('penetration-test')
  const provenance = payloads
    .map((payload) => JSON.parse(payload))
    .find(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1')
  expect(provenance.predicate.buildDefinition).toMatchObject({
    externalParameters: {
      inputs: { image, model: 'champion', 'first-release': 'true' },
      callInputs: { image, 'first-release': true },
    },
    resolvedDependencies: [
      {},
      { annotations: { role: 'evaluation-set', checked: 'hashed' } },
      { annotations: { role: 'lockfile', checked: 'hashed' } },
      { annotations: { role: 'dataset', checked: 'declared' } },
    ],
  })
})

/** Gates, a job of the caller that may do nothing but run, and the check that stands before every use of an artifact. */
const CALLER = (evil: string) => `on: push
permissions: {}
jobs:
  gates:
    uses: sluice-ci/sluice/.github/workflows/model-gates.yml@2b9a5f4dc702c6e6cbfc9a4bc4cb090f3702cd44 # v0.1.0
    permissions: { contents: read, packages: read }
    with: { candidate: data/holdout.parquet, champion: data/holdout.parquet }
  evil:
    needs: gates
    runs-on: ubuntu-24.04
    permissions: {}
    steps:
      - uses: actions/download-artifact@634f93cb2916e3fdff6788551b99b062d0335ce0 # v5.0.0
        with: { name: sluice-gates, path: x }
      - run: ${evil}
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with: { name: sluice-gates, path: x, overwrite: true }
  use:
    needs: [gates, evil]
    runs-on: ubuntu-24.04
    permissions: { contents: read }
    steps:
      - uses: actions/download-artifact@634f93cb2916e3fdff6788551b99b062d0335ce0 # v5.0.0
        with: { name: sluice-gates, path: sluice-gates }
      - uses: sluice-ci/sluice/.github/actions/handover@2b9a5f4dc702c6e6cbfc9a4bc4cb090f3702cd44 # v0.1.0
        with: { folder: sluice-gates, digests: "\${{ fromJSON(needs.gates.outputs.gates).handover.outputs.digests }}" }
`

test.each([
  ['leaves as it is', 'true', 'success'],
  ['adds to', 'echo "{}" > x/data-gate.statement.json', 'failure'],
  ['changes', 'echo " " >> x/model-gate.json', 'failure'],
  ['takes from', 'rm x/model-gate.json', 'failure'],
])('an artifact that another job of the run %s: %s', async (_, evil, conclusion) => {
  await using world = await startWorld()
  await writeFile(join(world.folder, '.github/workflows/evil.yml'), CALLER(evil))
  const run = await world.rehearse('evil.yml', { event: 'push' })
  expect(run.conclusions, run.log).toMatchObject({ evil: 'success', use: conclusion })
  if (conclusion === 'failure') expect(run.log).toContain('is not what the gates made')
})
