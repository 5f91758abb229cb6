import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
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
import { DER, reissue } from '../certificates.js'
import { keyPair } from '../keys.js'

const digest = `sha256:${'ab'.repeat(32)}`
const type = 'https://example.com/predicate/v1'
const about = statement({ name: 'model', digest }, type, { finishedAt: '2020-01-01T00:00:00Z' })
const claims = githubClaims()
const identity = `https://github.com/${claims['job_workflow_ref']}`
const issuer = claims['iss'] ?? ''

let sigstore: LocalSigstore
let trustRoot: TrustRoot
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

async function signerOf(service: LocalSigstore, more: Partial<KeylessSignerOptions> = {}) {
  return keylessSigner({
    identityToken: await service.identityToken(claims),
    fulcioUrl: service.url,
    rekorUrl: service.url,
    tsaUrl: service.url,
    fetch,
    ...more,
  })
}

function expected(more: Partial<Expectation> = {}, by: Partial<SignedBy> = {}): Expectation {
  return {
    subject: { digest },
    predicateType: type,
    signedBy: { identity, issuer, trustRoot, ...by } as SignedBy,
    now: new Date(),
    ...more,
  }
}

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
      'EVIDENCE_UNSUPPORTED',
      'when it holds a chain of certificates',
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

describe('signing fails cleanly', () => {
  test.each([
    ['fulcio', 'SIGN_CERTIFICATE_FAILED', 400],
    ['rekor', 'SIGN_LOG_FAILED', 400],
    ['tsa', 'SIGN_TIMESTAMP_FAILED', 400],
  ] as const)('when %s fails: %s, and no token in the error', async (service, code, status) => {
    const token = await sigstore.identityToken(claims)
    sigstore.fail(service, status)
    const error: Error = await signStatement(about, await signerOf(sigstore, { identityToken: token })).catch(
      (caught) => caught,
    )
    sigstore.fail(service, undefined)
    expect(error).toMatchObject({
      code,
      kind: 'surroundings',
      message: expect.stringContaining(`HTTP ${status}`),
    })
    expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain(
      token.split('.')[1],
    )
  })

  test('when the token is of another provider', async () => {
    await using elsewhere = await startSigstore()
    const signer = await signerOf(sigstore, { identityToken: await elsewhere.identityToken(claims) })
    await expect(signStatement(about, signer)).rejects.toMatchObject({ code: 'SIGN_CERTIFICATE_FAILED' })
  })

  test('when the token is none', async () => {
    await expect(
      signStatement(about, await signerOf(sigstore, { identityToken: 'secret' })),
    ).rejects.toMatchObject({ code: 'SIGN_TOKEN_MALFORMED' })
  })

  test('when nothing would vouch for the time', () => {
    const options = { identityToken: '', fulcioUrl: sigstore.url, fetch }
    expect(() => keylessSigner(options)).toThrow(expect.objectContaining({ code: 'SIGN_NO_WITNESS' }))
    expect(() => keylessSigner({ ...options, rekorUrl: sigstore.url, rekorMajor: 2 })).toThrow(
      expect.objectContaining({ code: 'SIGN_NO_WITNESS' }),
    )
  })
})

describe('a trust root is refused', () => {
  test.each<[string, (root: Record<string, never[]>) => unknown]>([
    [
      'whose log has no start',
      (root) => ({
        ...root,
        tlogs: root['tlogs']?.map((log: { publicKey: object }) => ({
          ...log,
          publicKey: { ...log.publicKey, validFor: {} },
        })),
      }),
    ],
    ['of another type', (root) => ({ ...root, mediaType: 'application/json' })],
    [
      'whose timestamp authority is certified for something else',
      (root) => ({ ...root, timestampAuthorities: root['certificateAuthorities'] }),
    ],
    [
      'whose key is none',
      (root) => ({
        ...root,
        tlogs: root['tlogs']?.map((log: { publicKey: object }) => ({
          ...log,
          publicKey: { ...log.publicKey, rawBytes: 'AAAA' },
        })),
      }),
    ],
  ])('%s', async (_how, edit) => {
    const root = JSON.stringify(edit(JSON.parse(sigstore.trustedRoot)))
    await expect(readTrustRoot(root)).rejects.toMatchObject({ code: 'TRUST_ROOT_MALFORMED' })
  })
})
