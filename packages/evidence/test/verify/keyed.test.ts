import { sign } from 'node:crypto'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  type Expectation,
  keySigner,
  PAYLOAD_TYPE,
  preAuthEncoding,
  type SerializedBundle,
  signStatement,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { authorityExtensions, days, issue, signatureOf, stamp, stamperExtensions } from '../pki.js'

const digest = `sha256:${'ab'.repeat(32)}`
const type = 'https://example.com/predicate/v1'
const now = new Date('2026-03-03T12:00:00Z')
const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const about = statement({ name: 'model', digest }, type, { finishedAt: '2026-03-03T11:00:00Z' })

function expected(more: Partial<Expectation> = {}): Expectation {
  return { subject: { digest }, predicateType: type, signedBy: { key: keys.publicPem }, now, ...more }
}

/** A bundle over any payload, signed properly, for payloads that `signStatement` would refuse. */
function signedRaw(payload: string, payloadType = PAYLOAD_TYPE): SerializedBundle {
  const bytes = Buffer.from(payload)
  const sig = sign('sha256', preAuthEncoding(payloadType, bytes), keys.privateKey).toString('base64')
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' } },
    dsseEnvelope: { payload: bytes.toString('base64'), payloadType, signatures: [{ sig }] },
  }
}

test.each(['P-256', 'P-384', 'P-521', 'ed25519'] as const)(
  'a statement signed by a %s key verifies',
  async (curve) => {
    const pair = keyPair(curve, 'secret')
    const bundle = await signStatement(about, keySigner({ pem: pair.privatePem, password: 'secret' }))
    const verified = await verifyEvidence(
      JSON.stringify(bundle),
      expected({ signedBy: { key: pair.publicPem } }),
    )
    expect(verified).toMatchObject({
      statement: about,
      signer: { kind: 'key', keyHint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      signedAt: '2026-03-03T11:00:00.000Z',
      timeSource: 'claim',
      bundleDigest: expect.stringMatching(/^sha256:/),
    })
  },
)

describe('a bundle is refused', () => {
  const bundle = signStatement(about, signer)
  const changed = async (edit: (bundle: SerializedBundle) => void): Promise<SerializedBundle> => {
    const copy = structuredClone(await bundle)
    edit(copy)
    return copy
  }

  test.each<[string, string, () => Promise<unknown> | unknown, Partial<Expectation>?]>([
    [
      'EVIDENCE_SIGNATURE_INVALID',
      'when a byte of its payload changed',
      () =>
        changed(({ dsseEnvelope }) => {
          const payload = Buffer.from(dsseEnvelope.payload, 'base64')
          payload[payload.length - 5] = (payload[payload.length - 5] ?? 0) ^ 1
          dsseEnvelope.payload = payload.toString('base64')
        }),
    ],
    [
      'EVIDENCE_SIGNATURE_INVALID',
      'when another key signed it',
      () => bundle,
      { signedBy: { key: keyPair().publicPem } },
    ],
    [
      'EVIDENCE_SIGNATURE_INVALID',
      'when its signature is not one',
      () =>
        changed(({ dsseEnvelope }) => {
          dsseEnvelope.signatures = [{ sig: 'AAAA' }]
        }),
    ],
    [
      'EVIDENCE_PAYLOAD_TYPE',
      'when its payload is of another type, though signed so',
      () => signedRaw(JSON.stringify(about), 'application/vnd.evil+text'),
    ],
    [
      'EVIDENCE_SIGNATURE_INVALID',
      'when its payload type was replaced by the right one',
      () => {
        const evil = signedRaw(JSON.stringify(about), 'application/vnd.evil+text')
        return { ...evil, dsseEnvelope: { ...evil.dsseEnvelope, payloadType: PAYLOAD_TYPE } }
      },
    ],
    [
      'EVIDENCE_STATEMENT_TYPE',
      'when its statement is of another type',
      () => signedRaw(JSON.stringify({ ...about, _type: 'https://example.com/v1' })),
    ],
    [
      'EVIDENCE_PREDICATE_TYPE',
      'when it says something else',
      () => bundle,
      { predicateType: 'https://slsa.dev/provenance/v1' },
    ],
    [
      'EVIDENCE_SUBJECT_MISMATCH',
      'when it is about something else',
      () => bundle,
      { subject: { digest: `sha256:${'cd'.repeat(32)}` } },
    ],
    ['EVIDENCE_STALE', 'when it is too old', () => bundle, { maxAgeSeconds: 3599 }],
    [
      'EVIDENCE_FUTURE',
      'when it is from the future',
      () => bundle,
      { now: new Date('2026-03-03T10:54:59Z') },
    ],
    [
      'EVIDENCE_TIMESTAMP_MISSING',
      'when its age matters and is not known',
      () => signStatement({ ...about, predicate: {} }, signer),
      { maxAgeSeconds: 60 },
    ],
    [
      'EVIDENCE_MALFORMED',
      'when a member of its payload stands twice',
      () =>
        signedRaw(
          JSON.stringify(about).replace('"predicateType"', '"predicateType":"https://other","predicateType"'),
        ),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when a member of the bundle stands twice',
      async () => JSON.stringify(await bundle).replace('"payload":', '"payload":"e30=","payload":'),
    ],
    ['EVIDENCE_MALFORMED', 'when it is no JSON', () => '{'],
    ['EVIDENCE_MALFORMED', 'when it is nested too deep', () => '['.repeat(100) + ']'.repeat(100)],
    [
      'EVIDENCE_MALFORMED',
      'when its media type is made up',
      () =>
        changed((copy) =>
          Object.assign(copy, { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json; x=1' }),
        ),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when it has two signatures',
      () => changed(({ dsseEnvelope }) => dsseEnvelope.signatures.push({ sig: 'AAAA' })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when it names a key and a certificate',
      () =>
        changed((copy) => Object.assign(copy.verificationMaterial, { certificate: { rawBytes: 'AAAA' } })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when its base64 is not canonical',
      () =>
        changed(({ dsseEnvelope }) => Object.assign(dsseEnvelope, { payload: `${dsseEnvelope.payload}\n` })),
    ],
    [
      'EVIDENCE_UNSUPPORTED',
      'when it signs no envelope',
      () => changed((copy) => Object.assign(copy, { messageSignature: {} })),
    ],
    ['EVIDENCE_TOO_LARGE', 'when it is huge, before it is parsed', () => Buffer.alloc(33 * 1024 * 1024)],
    [
      'EVIDENCE_KEY_KIND',
      'when a certificate signed it and a key is expected',
      () =>
        changed((copy) =>
          Object.assign(copy, { verificationMaterial: { certificate: { rawBytes: 'AAAA' } } }),
        ),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when it is about nothing',
      () => signedRaw(JSON.stringify({ ...about, subject: [] })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'when it is about too many subjects',
      () => signedRaw(JSON.stringify({ ...about, subject: Array(1025).fill(about.subject[0]) })),
    ],
  ])('%s %s', async (code, _when, make, more) => {
    await expect(verifyEvidence(await make(), expected(more))).rejects.toMatchObject({
      code,
      kind: 'refused',
    })
  })
})

test('evidence exactly as old as allowed is accepted', async () => {
  const bundle = await signStatement(about, signer)
  await expect(verifyEvidence(bundle, expected({ maxAgeSeconds: 3600 }))).resolves.toBeDefined()
})

describe('a key that counts for a period', () => {
  const tsa = issue({ name: 'CN=tsa root', extensions: authorityExtensions() })
  const stamper = issue({ name: 'CN=tsa', by: tsa, extensions: stamperExtensions })
  const timestampAuthority = `${stamper.pem}${tsa.pem}`
  const at = new Date(Math.floor(days(-1).getTime() / 1000) * 1000)
  const beyond = (seconds: number) => new Date(at.getTime() + seconds * 1000)
  const check = async (validFor: object, more: object = { timestampAuthority }, of?: Buffer) => {
    const bundle = await signStatement({ ...about, predicate: {} }, signer)
    const token = stamp({ of: of ?? signatureOf(bundle), at, by: stamper })
    bundle.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: [{ signedTimestamp: token.toString('base64') }],
    }
    const signedBy = { key: keys.publicPem, validFor, ...more }
    return verifyEvidence(bundle, expected({ signedBy, now: new Date() }))
  }

  test.each([
    ['that starts with the signature', { start: at }],
    ['that ends with it', { end: at }],
    ['around it', { start: beyond(-60), end: beyond(60) }],
  ])('%s counts', async (_when, validFor) => {
    await expect(check(validFor)).resolves.toMatchObject({ timeSource: 'timestamp' })
  })

  test.each<[string, string, object, (object | undefined)?, Buffer?]>([
    ['EVIDENCE_KEY_EXPIRED', 'when it signed before', { start: beyond(1) }],
    ['EVIDENCE_KEY_EXPIRED', 'when it signed after', { end: beyond(-1) }],
    ['EVIDENCE_TIMESTAMP_MISSING', 'when nobody is named who vouches for the time', { end: beyond(60) }, {}],
    ['EVIDENCE_TIMESTAMP_INVALID', 'by a timestamp of something else', {}, undefined, Buffer.of(1)],
  ])('%s %s', async (code, _when, validFor, more, of) => {
    await expect(check(validFor, more, of)).rejects.toMatchObject({ code, kind: 'refused' })
  })
})
