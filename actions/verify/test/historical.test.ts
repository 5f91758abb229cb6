import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'

const beside = fileURLToPath(new URL('../../../../shared/conformance', import.meta.url))
const where = join(process.env['SLUICE_CONFORMANCE'] ?? beside, 'oms-historical')
const found = existsSync(where)

const SIGNERS: Record<string, Partial<Inputs>> = {
  'elliptic-key': { key: 'keys/certificate/signing-key-pub.pem' },
  certificate: {
    certificateAuthority: 'keys/certificate/ca-cert.pem',
    identity: 'CN=intermediate-ca',
    compatibility: ['authority-signs'],
  },
  sigstore: { identity: 'stefanb@us.ibm.com', issuer: 'https://sigstore.verify.ibm.com/oauth2' },
}
const versions = found ? readdirSync(where).filter((name) => name.startsWith('v')) : []

/** The vectors as a workspace, at a time at which their certificates are valid. */
async function workplace() {
  const context = await testContext({ now: '2026-01-01T00:00:00Z' })
  cpSync(where, context.workspace.root, { recursive: true })
  const verify = (version: string, given: Partial<Inputs> = {}) => {
    const signer = SIGNERS[version.split('-').slice(1).join('-')]
    const payload = JSON.parse(readFileSync(join(where, version, 'model.sig'), 'utf8')).dsseEnvelope.payload
    const { subject, predicate } = JSON.parse(Buffer.from(payload, 'base64').toString())
    // Two of the vectors are of one file in the folder, which the reference calls `.`.
    const path = predicate.resources?.[0]?.name === '.' ? `${version}/${subject[0].name}` : version
    const inputs = {
      path,
      store: ['none'],
      bundles: [`${version}/model.sig`],
      ignore: ['ignore-me'],
      ...signer,
      ...given,
    }
    return action.run(inputsWith(action, inputs), context)
  }
  return Object.assign(context, { verify })
}

describe.skipIf(!found)('models signed by model_signing 0.2 to 1.1', () => {
  test.each(versions.filter((version) => !version.startsWith('v0.2')))('%s passes', async (version) => {
    await using place = await workplace()
    await expect(place.verify(version)).resolves.toMatchObject({
      verdict: 'pass',
      outputs: { verified: '1' },
    })
  })

  test('version 0.2 passes when it is named, and is refused by its own rule otherwise', async () => {
    await using place = await workplace()
    const both = ['authority-signs', 'model-signing-0.2']
    await expect(place.verify('v0.2.0-certificate', { compatibility: both })).resolves.toMatchObject({
      verdict: 'pass',
    })
    await expect(place.verify('v0.2.0-certificate')).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/outdated', remedy: expect.stringContaining('compatibility') }],
    })
  })

  test('a signer whose certificate calls itself an authority is refused unless that is named', async () => {
    await using place = await workplace()
    await expect(place.verify('v1.1.0-certificate', { compatibility: [] })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/certificate-usage' }],
    })
  })
})
