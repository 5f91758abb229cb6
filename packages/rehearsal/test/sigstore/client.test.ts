import { bundleFromJSON, bundleToJSON, type SerializedBundle } from '@sigstore/bundle'
import { X509Certificate } from '@sigstore/core'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness, type Witness } from '@sigstore/sign'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServices } from '../../src/services.js'
import { type Sigstore, startSigstore } from '../../src/sigstore/start-sigstore.js'
import { identityToken, job, run, services } from '../facts.js'

const IDENTITY = 'https://github.com/sluice-ci/sluice/.github/workflows/model-release.yml@refs/tags/v0.1.0'
const ISSUER = 'https://token.actions.githubusercontent.com'

let running: RunningServices
let sigstore: Sigstore
beforeAll(async () => {
  running = await services()
  sigstore = await startSigstore({ issuer: running.issuer })
})
afterAll(async () => {
  await sigstore[Symbol.asyncDispose]()
  await running[Symbol.asyncDispose]()
})

/** Signs as the Sigstore project's own client does, by the identity of a job. */
async function signed(witnesses: readonly Witness[]): Promise<SerializedBundle> {
  const variables = await running.forJob(job({ 'id-token': 'write' }), run)
  const getToken = async () => (await identityToken(variables)).value
  const signer = new FulcioSigner({
    fulcioBaseURL: sigstore.fulcioUrl,
    identityProvider: { getToken },
    retry: 0,
  })
  const builder = new DSSEBundleBuilder({ signer, witnesses: [...witnesses], certificateChain: false })
  const data = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}')
  return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }))
}

function verified(bundle: SerializedBundle, thresholds: { tlog: number; timestamps: number }) {
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(sigstore.trustedRoot)))
  const options = { tlogThreshold: thresholds.tlog, timestampThreshold: thresholds.timestamps }
  return new Verifier(material, options).verify(toSignedEntity(bundleFromJSON(bundle)), {
    subjectAlternativeName: IDENTITY,
    extensions: { issuer: ISSUER },
  })
}

const v1 = () => new RekorWitness({ rekorBaseURL: sigstore.rekorUrl, majorApiVersion: 1, retry: 0 })
const v2 = () => new RekorWitness({ rekorBaseURL: sigstore.rekorV2Url, majorApiVersion: 2, retry: 0 })
const time = () => new TSAWitness({ tsaBaseURL: sigstore.tsaUrl, retry: 0 })

const WAYS: [string, () => Witness[], { tlog: number; timestamps: number }][] = [
  ['a log of version 1', () => [v1()], { tlog: 1, timestamps: 1 }],
  ['a log of version 1 and a timestamp', () => [v1(), time()], { tlog: 1, timestamps: 2 }],
  ['a log of version 2 and a timestamp', () => [v2(), time()], { tlog: 1, timestamps: 1 }],
  ['both logs and a timestamp', () => [v1(), v2(), time()], { tlog: 2, timestamps: 2 }],
  ['a timestamp alone', () => [time()], { tlog: 0, timestamps: 1 }],
]

describe.each(WAYS)('what Sigstore’s own client signs with %s', (_way, witnesses, thresholds) => {
  test('verifies by Sigstore’s own verifier, for the workflow that the job stands in', async () => {
    const bundle = await signed(witnesses())
    expect(verified(bundle, thresholds).identity).toMatchObject({
      subjectAlternativeName: IDENTITY,
      extensions: { issuer: ISSUER },
    })
  })

  test('does not verify when its payload is another', async () => {
    const bundle = structuredClone(await signed(witnesses()))
    const envelope = bundle.dsseEnvelope!
    envelope.payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v2"}').toString('base64')
    expect(() => verified(bundle, thresholds)).toThrow()
  })

  test('does not verify when a witness spoke of another signature', async () => {
    const [one, other] = [await signed(witnesses()), await signed(witnesses())]
    const swapped = structuredClone(one)
    swapped.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries
    swapped.verificationMaterial.timestampVerificationData =
      other.verificationMaterial.timestampVerificationData
    expect(() => verified(swapped, thresholds)).toThrow()
  })
})

test('the certificate says what the token said', async () => {
  const bundle = await signed([time()])
  const { certificate } = bundle.verificationMaterial
  const leaf = X509Certificate.parse(Buffer.from(certificate?.rawBytes ?? '', 'base64'))
  const extension = (number: number) => leaf.extension(`1.3.6.1.4.1.57264.1.${number}`)
  // From .8 on the value is a DER UTF8String, before it bare text (fulcio docs/oid-info.md).
  const text = (number: number) =>
    number < 8 ? extension(number)?.value.toString() : extension(number)?.valueObj.subs[0]?.value.toString()
  const source = 'https://github.com/octo-org/flight-delays'
  const said = Object.fromEntries([1, 2, 3, 4, 5, 6, ...range(8, 22)].map((number) => [number, text(number)]))
  expect(leaf.subjectAltName).toBe(IDENTITY)
  expect(said).toEqual({
    1: ISSUER,
    2: 'push',
    3: run.sha,
    4: run.workflow,
    5: 'octo-org/flight-delays',
    6: 'refs/heads/main',
    8: ISSUER,
    9: IDENTITY,
    10: 'a'.repeat(40),
    11: 'github-hosted',
    12: source,
    13: run.sha,
    14: 'refs/heads/main',
    15: '1296269',
    16: 'https://github.com/octo-org',
    17: '9919',
    18: `${source}/.github/workflows/release.yml@refs/heads/main`,
    19: run.sha,
    20: 'push',
    21: `${source}/actions/runs/4242/attempts/1`,
    22: 'private',
  })
})

test('a certificate of another server names it in every URL', async () => {
  await using elsewhere = await startSigstore({
    issuer: { ...running.issuer, serverUrl: 'https://acme.ghe.com' },
  })
  const variables = await running.forJob(job({ 'id-token': 'write' }), run)
  const signer = new FulcioSigner({
    fulcioBaseURL: elsewhere.fulcioUrl,
    identityProvider: { getToken: async () => (await identityToken(variables)).value },
    retry: 0,
  })
  const { key } = await signer.sign(Buffer.from('x'))
  const leaf = X509Certificate.parse(key.$case === 'x509Certificate' ? key.certificate : '')
  expect(leaf.subjectAltName).toMatch(/^https:\/\/acme\.ghe\.com\/sluice-ci\/sluice\//)
})

test('the signing config names every service once', () => {
  const { caUrls, rekorTlogUrls, tsaUrls } = JSON.parse(sigstore.signingConfig)
  expect(caUrls).toMatchObject([{ url: sigstore.fulcioUrl, majorApiVersion: 1 }])
  expect(rekorTlogUrls).toMatchObject([
    { url: sigstore.rekorV2Url, majorApiVersion: 2 },
    { url: sigstore.rekorUrl, majorApiVersion: 1 },
  ])
  expect(tsaUrls).toMatchObject([{ url: `${sigstore.tsaUrl}/api/v1/timestamp` }])
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
