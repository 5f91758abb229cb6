import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Expectation,
  readTrustRoot,
  type SerializedBundle,
  type SignedBy,
  signStatement,
  type TrustRoot,
  verifyEvidence,
} from '../../src/index.js'
import { DER, reissue } from '../certificates.js'
import { days } from '../pki.js'
import { instance, PERIOD } from './private-instance.js'
import { about, claims, expectedBy, signerOf } from './world.js'

let sigstore: LocalSigstore
let trustRoot: TrustRoot
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

const expected = (more: Partial<Expectation> = {}, by: Partial<SignedBy> = {}) =>
  expectedBy(trustRoot, more, by)

describe('a keyless bundle is refused', () => {
  let bundle: SerializedBundle
  beforeAll(async () => {
    bundle = await signStatement(about, await signerOf(sigstore))
  })

  test('EVIDENCE_CERTIFICATE when another authority issued its certificate', async () => {
    await using elsewhere = await startSigstore()
    const root = await readTrustRoot(
      JSON.stringify({
        ...JSON.parse(sigstore.trustedRoot),
        certificateAuthorities: JSON.parse(elsewhere.trustedRoot).certificateAuthorities,
      }),
    )
    await expect(verifyEvidence(bundle, expected({}, { trustRoot: root }))).rejects.toMatchObject({
      code: 'EVIDENCE_CERTIFICATE',
    })
  })

  test('EVIDENCE_CERTIFICATE_UNLOGGED when its certificate is in no certificate log that is demanded', async () => {
    await using bare = await startSigstore({ trust: { certificateLog: false } })
    const root = await readTrustRoot(
      JSON.stringify({ ...JSON.parse(bare.trustedRoot), ctlogs: JSON.parse(sigstore.trustedRoot).ctlogs }),
    )
    const signed = await signStatement(about, await signerOf(bare))
    await expect(verifyEvidence(signed, expected({}, { trustRoot: root }))).rejects.toMatchObject({
      code: 'EVIDENCE_CERTIFICATE_UNLOGGED',
    })
  })

  test('EVIDENCE_LOG_MISMATCH when another certificate of the same key was put in', async () => {
    await using service = await startSigstore({ trust: { certificateLog: false } })
    const root = await readTrustRoot(service.trustedRoot)
    const signed = structuredClone(await signStatement(about, await signerOf(service)))
    const material = signed.verificationMaterial as { certificate: { rawBytes: string } }
    const sha = claims['sha'] ?? ''
    // What the authority would issue to the same holder for a run at another commit.
    material.certificate.rawBytes = reissue(
      Buffer.from(material.certificate.rawBytes, 'base64'),
      service.authorityKey,
      Buffer.from(sha),
      Buffer.from(sha.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))),
    ).toString('base64')
    await expect(verifyEvidence(signed, expected({}, { trustRoot: root }))).rejects.toMatchObject({
      code: 'EVIDENCE_LOG_MISMATCH',
    })
  })

  test.each([
    ['is for servers', DER.codeSigning, DER.serverAuth],
    ['is for encrypting', DER.digitalSignature, DER.keyEncipherment],
    ['names no identity', DER.alternativeName, DER.unknown],
  ])('EVIDENCE_CERTIFICATE_USAGE when its certificate %s', async (_what, from, to) => {
    const key: { authority?: LocalSigstore['authorityKey'] } = {}
    await using service = await startSigstore({
      trust: { certificateLog: false },
      tamper: (certificate) => (key.authority ? reissue(certificate, key.authority, from, to) : certificate),
    })
    const root = await readTrustRoot(service.trustedRoot)
    const sound = await signStatement(about, await signerOf(service))
    await expect(verifyEvidence(sound, expected({}, { trustRoot: root }))).resolves.toBeDefined()
    key.authority = service.authorityKey
    const signed = await signStatement(about, await signerOf(service))
    await expect(verifyEvidence(signed, expected({}, { trustRoot: root }))).rejects.toMatchObject({
      code: 'EVIDENCE_CERTIFICATE_USAGE',
    })
    await expect(signStatement(about, await signerOf(service, { trustRoot: root }))).rejects.toMatchObject({
      code: 'EVIDENCE_CERTIFICATE_USAGE',
    })
  })
})

/** A Sigstore with an authority between root and signer, timestamps and no log, as GitHub's own instance is. */
describe('a signature of an instance without a log', () => {
  const refused = (code: string) => expect.objectContaining({ code, kind: 'refused' })

  test('verifies by the time of the timestamp, long after its certificates', async () => {
    const { bundle, check } = instance()
    await expect(check(bundle())).resolves.toMatchObject({
      timeSource: 'timestamp',
      signedAt: `${days(-10).toISOString().slice(0, 19)}.000Z`,
    })
  })

  test('EVIDENCE_TIMESTAMP_MISSING when it has no timestamp', async () => {
    const { bundle, check } = instance()
    await expect(check(bundle({ stamps: [] }))).rejects.toThrow(refused('EVIDENCE_TIMESTAMP_MISSING'))
  })

  test.each<[string, Parameters<typeof instance>[0]]>([
    ['its certificate', { leaf: { from: days(-20), to: days(-11) } }],
    ['the authority between', { middle: { from: days(-400), to: days(-11) } }],
    ['the root', { root: { from: days(-400), to: days(-11) } }],
  ])('EVIDENCE_CERTIFICATE_EXPIRED when %s had expired by then', async (_what, more) => {
    const { bundle, check } = instance(more)
    await expect(check(bundle())).rejects.toThrow(refused('EVIDENCE_CERTIFICATE_EXPIRED'))
  })

  test('EVIDENCE_TIMESTAMP_INVALID when the authority of the timestamp had expired by then', async () => {
    const { bundle, check } = instance({ stamper: { from: days(-400), to: days(-11) } })
    await expect(check(bundle())).rejects.toThrow(refused('EVIDENCE_TIMESTAMP_INVALID'))
  })

  describe.each<[string, 'certificateAuthorities' | 'timestampAuthorities', string]>([
    ['the certificate authority', 'certificateAuthorities', 'EVIDENCE_CERTIFICATE_EXPIRED'],
    ['the timestamp authority', 'timestampAuthorities', 'EVIDENCE_TIMESTAMP_INVALID'],
  ])('with a period of %s in the trust root', (_who, which, code) => {
    const { bundle, check, at } = instance()
    const second = (by: number) => new Date(at.getTime() + by * 1000).toISOString()

    test.each([
      ['that starts at the time', { start: second(0) }],
      ['that ends at the time', { start: PERIOD.start, end: second(0) }],
    ])('%s verifies', async (_how, period) => {
      await expect(check(bundle(), { [which]: period })).resolves.toBeDefined()
    })

    test.each([
      ['that starts a second later', { start: second(1) }],
      ['that ends a second earlier', { start: PERIOD.start, end: second(-1) }],
    ])(`%s is refused: ${code}`, async (_how, period) => {
      await expect(check(bundle(), { [which]: period })).rejects.toThrow(refused(code))
    })
  })

  test('EVIDENCE_CERTIFICATE_USAGE when its certificate is of an authority', async () => {
    const { bundle, check } = instance({ authority: true })
    await expect(check(bundle())).rejects.toThrow(refused('EVIDENCE_CERTIFICATE_USAGE'))
  })

  test('EVIDENCE_CERTIFICATE_WEAK when its certificate was issued with SHA-224', async () => {
    const { bundle, check } = instance({ leaf: { hash: 'sha224' } })
    await expect(check(bundle())).rejects.toThrow(refused('EVIDENCE_CERTIFICATE_WEAK'))
  })
})
