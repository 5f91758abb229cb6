import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Expectation,
  type KeylessSignerOptions,
  keylessSigner,
  keySigner,
  readTrustRoot,
  type SerializedBundle,
  type SignedBy,
  signStatement,
  type TrustRoot,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { about, claims, expectedBy, identity, issuer, signerOf } from './world.js'

let sigstore: LocalSigstore
let trustRoot: TrustRoot
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

const expected = (more: Partial<Expectation> = {}, by: Partial<SignedBy> = {}) =>
  expectedBy(trustRoot, more, by)

describe('a statement signed without a key of one’s own verifies', () => {
  test.each<[string, Partial<KeylessSignerOptions>]>([
    ['by the log of version 1 and a timestamp', {}],
    ['by the log of version 2 and a timestamp', { rekorMajor: 2 }],
    [
      'after its signer checked it too',
      {
        get trustRoot() {
          return trustRoot
        },
      },
    ],
  ])('%s', async (_how, options) => {
    const bundle = await signStatement(about, await signerOf(sigstore, options))
    const verified = await verifyEvidence(JSON.stringify(bundle), expected({ maxAgeSeconds: 60 }))
    expect(verified).toMatchObject({ signer: { kind: 'identity', identity, issuer }, statement: about })
    expect(Math.abs(Date.now() - Date.parse(verified.signedAt ?? ''))).toBeLessThan(10_000)
  })

  test('by the log of version 1 alone, whose promise has a time', async () => {
    const { url } = sigstore
    const signer = keylessSigner({
      identityToken: await sigstore.identityToken(claims),
      fulcioUrl: url,
      rekorUrl: url,
      fetch,
    })
    await expect(verifyEvidence(await signStatement(about, signer), expected())).resolves.toMatchObject({
      timeSource: 'log',
    })
  })

  test('by a timestamp alone, where the trust root names no log', async () => {
    await using service = await startSigstore({ trust: { log: false } })
    const signer = keylessSigner({
      identityToken: await service.identityToken(claims),
      fulcioUrl: service.url,
      tsaUrl: service.url,
      fetch,
    })
    const root = await readTrustRoot(service.trustedRoot)
    await expect(
      verifyEvidence(await signStatement(about, signer), expected({}, { trustRoot: root })),
    ).resolves.toMatchObject({ timeSource: 'timestamp' })
  })

  test('by many, so that proofs in a grown log hold', async () => {
    for (let count = 0; count < 6; count++) {
      const bundle = await signStatement(
        about,
        await signerOf(sigstore, { rekorMajor: count % 2 === 0 ? 1 : 2 }),
      )
      await expect(verifyEvidence(bundle, expected())).resolves.toBeDefined()
    }
  })

  test.each(['P-256', 'P-384', 'ed25519'] as const)(
    'by a %s key with a timestamp, whose time counts unless the claim is earlier',
    async (curve) => {
      const keys = keyPair(curve)
      await using service = await startSigstore({ trust: { log: false } })
      const root = await readTrustRoot(service.trustedRoot)
      const signedBy = { key: keys.publicPem, trustRoot: root }
      const signer = keySigner({ pem: keys.privatePem, tsaUrl: service.url })
      const finishedAt = new Date(Date.now() + 60_000).toISOString()
      const recent = { ...about, predicate: { finishedAt } }
      await expect(
        verifyEvidence(await signStatement(recent, signer), expected({ signedBy, maxAgeSeconds: 60 })),
      ).resolves.toMatchObject({ timeSource: 'timestamp' })
      // Anybody can have an old signature stamped anew; that makes it no fresher.
      await expect(
        verifyEvidence(await signStatement(about, signer), expected({ signedBy, maxAgeSeconds: 60 })),
      ).rejects.toMatchObject({ code: 'EVIDENCE_STALE' })
    },
  )
})

describe('a keyless bundle is refused', () => {
  let bundle: SerializedBundle
  let other: SerializedBundle
  beforeAll(async () => {
    bundle = await signStatement(about, await signerOf(sigstore))
    other = await signStatement(about, await signerOf(sigstore))
  })
  // biome-ignore lint/suspicious/noExplicitAny: bundles are changed in ways that their type forbids.
  const changed = (edit: (bundle: any, other: any) => void) => () => {
    const copy = structuredClone(bundle)
    edit(copy, structuredClone(other))
    return copy
  }

  test.each<[string, string, () => unknown, (() => Partial<Expectation>)?]>([
    [
      'EVIDENCE_IDENTITY_MISMATCH',
      'when the expected identity is a prefix of the one that signed',
      () => bundle,
      () => expected({}, { identity: identity.slice(0, -1) }),
    ],
    [
      'EVIDENCE_IDENTITY_MISMATCH',
      'when the expected identity would match as a pattern',
      () => bundle,
      () => expected({}, { identity: '.*' }),
    ],
    [
      'EVIDENCE_ISSUER_MISMATCH',
      'when another provider vouches',
      () => bundle,
      () => expected({}, { issuer: 'https://accounts.google.com' }),
    ],
    [
      'EVIDENCE_SIGNATURE_INVALID',
      'when its signature is of another bundle, and so is its log entry',
      changed((copy, from) => {
        copy.dsseEnvelope.signatures = from.dsseEnvelope.signatures
        copy.verificationMaterial.tlogEntries = from.verificationMaterial.tlogEntries
        copy.verificationMaterial.timestampVerificationData =
          from.verificationMaterial.timestampVerificationData
      }),
    ],
    [
      'EVIDENCE_LOG_MISMATCH',
      'when its log entry is of another signature',
      changed((copy, from) => {
        copy.verificationMaterial.tlogEntries = from.verificationMaterial.tlogEntries
      }),
    ],
    [
      'EVIDENCE_LOG_MISSING',
      'when its log entry was left out',
      changed((copy) => {
        copy.verificationMaterial.tlogEntries = []
      }),
    ],
    [
      'EVIDENCE_LOG_MISSING',
      'when it is called v0.1 and its proof of inclusion was left out',
      changed((copy) => {
        copy.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
        delete copy.verificationMaterial.tlogEntries[0].inclusionProof
      }),
    ],
    [
      'EVIDENCE_LOG_INVALID',
      'when the log did not promise this time',
      changed((copy) => {
        const [entry] = copy.verificationMaterial.tlogEntries
        entry.integratedTime = String(Number(entry.integratedTime) + 1)
      }),
    ],
    [
      'EVIDENCE_LOG_INVALID',
      'when the checkpoint is of another log',
      changed((copy) => {
        const { checkpoint } = copy.verificationMaterial.tlogEntries[0].inclusionProof
        checkpoint.envelope = checkpoint.envelope.replace(/^[^\n]+\n\d+/, 'evil.example\n9')
      }),
    ],
    [
      'EVIDENCE_TIMESTAMP_MISSING',
      'when nothing vouches for its time',
      changed((copy) => {
        delete copy.verificationMaterial.timestampVerificationData
        delete copy.verificationMaterial.tlogEntries[0].inclusionPromise
      }),
    ],
    [
      'EVIDENCE_TIMESTAMP_INVALID',
      'when its timestamp is of another signature',
      changed((copy, from) => {
        copy.verificationMaterial.timestampVerificationData =
          from.verificationMaterial.timestampVerificationData
      }),
    ],
    [
      'EVIDENCE_KEY_KIND',
      'when a key signed it and an identity is expected',
      changed((copy) => {
        copy.verificationMaterial = { publicKey: { hint: 'x' } }
      }),
    ],
    [
      'EVIDENCE_KEY_KIND',
      'when a certificate of an own authority signed it and an identity of Fulcio is expected',
      changed((copy) => {
        copy.verificationMaterial.x509CertificateChain = {
          certificates: [copy.verificationMaterial.certificate],
        }
        delete copy.verificationMaterial.certificate
      }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when its certificate is none',
      changed((copy) => {
        copy.verificationMaterial.certificate.rawBytes = 'AAAA'
      }),
    ],
    [
      'EVIDENCE_PREDICATE_TYPE',
      'when it says something else',
      () => bundle,
      () => expected({ predicateType: 'https://other' }),
    ],
    [
      'EVIDENCE_SUBJECT_MISMATCH',
      'when it is about something else',
      () => bundle,
      () => expected({ subject: { digest: `sha256:${'0'.repeat(64)}` } }),
    ],
    [
      'EVIDENCE_STALE',
      'when it is too old, whatever it claims',
      () => bundle,
      () => expected({ now: new Date(Date.now() + 3600_000), maxAgeSeconds: 3000 }),
    ],
    [
      'EVIDENCE_FUTURE',
      'when it is from the future',
      () => bundle,
      () => expected({ now: new Date(Date.now() - 3600_000) }),
    ],
  ])('%s %s', async (code, _when, make, more) => {
    await expect(verifyEvidence(make(), expected(more?.()))).rejects.toMatchObject({ code, kind: 'refused' })
  })
})
