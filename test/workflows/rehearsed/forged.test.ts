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
})
