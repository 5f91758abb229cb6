import { join } from 'node:path'
import { referrersStore, signStatement } from '@sluice/evidence'
import { openLayout, writeArtifact } from '@sluice/oci'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { statement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { party } from '../../../packages/promotion/test/keys.js'
import { action } from '../src/action.js'

const YAML = `environments:
  dev:
    target: oci:stages/dev:live
    ledger: stages/ledger
    recordsSignedBy: [{ key: release.pub.pem }]
    requires: [{ predicate: 'https://example.com/audit/v1', signedBy: { key: release.pub.pem }, when: 'predicate.passed' }]
`

async function promote(change: (yaml: string) => string = (yaml) => yaml) {
  const release = party()
  const files = {
    'sluice.yaml': change(YAML),
    'release.pub.pem': release.publicPem,
    'release.pem': release.privatePem,
  }
  const context = await testContext({ files })
  const build = openLayout(join(context.workspace.root, 'build'))
  const layers = [{ mediaType: 'application/octet-stream', content: Buffer.from('weights') }]
  const { digest } = await writeArtifact(build, { artifactType: 'application/x-model', layers, tag: 'v1' })
  const audit = statement({ name: 'model', digest }, 'https://example.com/audit/v1', { passed: true })
  await referrersStore(build).put(digest, await signStatement(audit, release.signer))
  const given = { subject: 'oci:build:v1', to: 'dev', key: 'release.pem' }
  const result = await action.run(inputsWith(action, given), context).catch((error: unknown) => error)
  return { context, digest, result }
}

test('between layouts on disk, with no network at all', async () => {
  const { context, digest, result } = await promote()
  await using _ = context
  expect(result).toMatchObject({ verdict: 'pass', outputs: { reference: `oci:stages/dev@${digest}` } })
  const dev = openLayout(join(context.workspace.root, 'stages/dev'))
  expect((await dev.resolve('live'))?.digest).toBe(digest)
  expect(await dev.referrers(digest)).toHaveLength(2)
})

test.each([
  ['the model, where sluice.yaml names it', 'model: { name: flight-delays, path: model }\n', 'flight-delays'],
  ['the target, where it does not', '', 'dev'],
])('the record names %s', async (_, model, name) => {
  const { context, digest, result } = await promote((yaml) => model + yaml)
  await using _context = context
  const summary = { subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }] }
  expect(result).toMatchObject({ statements: [summary] })
  const record = JSON.parse(await context.workspace.readText('stages/ledger/dev/000001.json'))
  const payload = JSON.parse(Buffer.from(record.dsseEnvelope.payload, 'base64').toString())
  expect(payload.predicate.serving).toEqual({ name, digest })
})

test('a layout outside of the working directory is refused before anything is written', async () => {
  const { context, result } = await promote((yaml) => yaml.replace('oci:stages/dev', 'oci:../outside'))
  await using _ = context
  expect(result).toMatchObject({ code: expect.stringMatching(/^(PATH_OUTSIDE_WORKSPACE|CONFIG_INVALID)$/) })
})
