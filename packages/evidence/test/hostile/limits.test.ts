import { createHash } from 'node:crypto'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { BUNDLE_LIMIT, parseBundle } from '../../src/bundle/bundle.js'
import { LIMITS } from '../../src/bundle/shape.js'
import { parseStatement, SUBJECT_LIMIT } from '../../src/bundle/statement.js'
import { OMS_TYPE, readModelManifest } from '../../src/index.js'
import type { Resource } from '../../src/oms/manifest.js'

const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64')
const times = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item)
const entry = { canonicalizedBody: bytes(10) }
const proof = (members: object) => ({ tlogEntries: [{ inclusionProof: members }] })

function bundle(material: object = {}, envelope: object = {}) {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' }, ...material },
    dsseEnvelope: { payload: bytes(10), payloadType: 'x', signatures: [{ sig: bytes(64) }], ...envelope },
  }
}

/** The size in bytes of a bundle as stored is padded by white space, which carries no meaning. */
function padded(length: number): string {
  const text = JSON.stringify(bundle())
  return text + ' '.repeat(length - text.length)
}

describe('a bundle is read up to its limits, and refused beyond before anything else looks at it', () => {
  const chain = (count: number, length = 100) =>
    bundle({
      publicKey: undefined,
      x509CertificateChain: { certificates: times(count, { rawBytes: bytes(length) }) },
    })
  const stamps = (count: number, length = 100) =>
    bundle({
      timestampVerificationData: { rfc3161Timestamps: times(count, { signedTimestamp: bytes(length) }) },
    })

  test.each<[string, string, (over: 0 | 1) => unknown]>([
    ['EVIDENCE_TOO_LARGE', 'bytes', (over) => padded(BUNDLE_LIMIT + over)],
    [
      'EVIDENCE_MALFORMED',
      'log entries',
      (over) => bundle({ tlogEntries: times(LIMITS.logEntries + over, entry) }),
    ],
    ['EVIDENCE_MALFORMED', 'timestamps', (over) => stamps(LIMITS.timestamps + over)],
    ['EVIDENCE_MALFORMED', 'certificates', (over) => chain(LIMITS.certificates + over)],
    // Sizes end on a group of base64, which stands for three bytes.
    ['EVIDENCE_MALFORMED', 'bytes of a timestamp', (over) => stamps(1, LIMITS.timestamp + 3 * over)],
    [
      'EVIDENCE_MALFORMED',
      'bytes of a certificate in a chain',
      (over) => chain(1, LIMITS.certificate + 3 * over),
    ],
    [
      'EVIDENCE_MALFORMED',
      'bytes of a certificate',
      (over) =>
        bundle({ publicKey: undefined, certificate: { rawBytes: bytes(LIMITS.certificate + 3 * over) } }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'bytes of a log entry',
      (over) => bundle({ tlogEntries: [{ canonicalizedBody: bytes(LIMITS.logEntry + 3 * over) }] }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'characters of a checkpoint',
      (over) => bundle(proof({ checkpoint: { envelope: 'x'.repeat(LIMITS.checkpoint + over) } })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'hashes of a proof',
      (over) => bundle(proof({ hashes: times(LIMITS.proofHashes + over, bytes(32)) })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'digits of an index',
      (over) => bundle(proof({ logIndex: '1'.repeat(19 + over) })),
    ],
    [
      'EVIDENCE_MALFORMED',
      'digits of a time',
      (over) => bundle({ tlogEntries: [{ integratedTime: '1'.repeat(11 + over) }] }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'a time as a number',
      (over) => bundle({ tlogEntries: [{ integratedTime: 253_402_300_799 + over }] }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'bytes of a signature',
      (over) => bundle({}, { signatures: [{ sig: bytes(LIMITS.signature + 3 * over) }] }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'signatures',
      (over) => bundle({}, { signatures: times(1 + over, { sig: bytes(64) }) }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'characters of a hint',
      (over) => bundle({ publicKey: { hint: 'x'.repeat(LIMITS.keyId + over) } }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'characters of a key id',
      (over) => bundle({}, { signatures: [{ sig: bytes(64), keyid: 'x'.repeat(LIMITS.keyId + over) }] }),
    ],
    [
      'EVIDENCE_MALFORMED',
      'characters of a payload type',
      (over) => bundle({}, { payloadType: 'x'.repeat(256 + over) }),
    ],
  ])('%s for one too many: %s', (code, _what, make) => {
    expect(() => parseBundle(make(0))).not.toThrow()
    expect(() => parseBundle(make(1))).toThrow(expect.objectContaining({ code, kind: 'refused' }))
  })

  test.each<[string, string, unknown]>([
    ['EVIDENCE_UNSUPPORTED', 'a bare signature beside the envelope', { ...bundle(), messageSignature: {} }],
    ['EVIDENCE_UNSUPPORTED', 'a bare signature that is text', { ...bundle(), messageSignature: 'x' }],
    ['EVIDENCE_MALFORMED', 'no envelope', { ...bundle(), dsseEnvelope: null }],
    ['EVIDENCE_MALFORMED', 'a signature of no bytes', bundle({}, { signatures: [{ sig: '' }] })],
    ['EVIDENCE_MALFORMED', 'no kind of key', bundle({ publicKey: undefined })],
    ['EVIDENCE_MALFORMED', 'two kinds of key', bundle({ certificate: { rawBytes: bytes(10) } })],
    [
      'EVIDENCE_MALFORMED',
      'a chain of none',
      { ...bundle({ publicKey: undefined, x509CertificateChain: { certificates: [] } }) },
    ],
    ['EVIDENCE_MALFORMED', 'an index below zero', bundle({ tlogEntries: [{ logIndex: '-1' }] })],
    ['EVIDENCE_MALFORMED', 'an index that is a list', bundle({ tlogEntries: [{ logIndex: ['1'] }] })],
    ['EVIDENCE_MALFORMED', 'base64 without its padding', bundle({}, { payload: 'AAA' })],
    ['EVIDENCE_MALFORMED', 'base64 with stray bits', bundle({}, { payload: 'AAB=' })],
    ['EVIDENCE_MALFORMED', 'base64 of URLs', bundle({}, { payload: '__8=' })],
    ['EVIDENCE_MALFORMED', 'base64 in lines', bundle({}, { payload: 'AAAA\nAAAA' })],
    ['EVIDENCE_MALFORMED', 'a hash in another base64', bundle(proof({ hashes: ['AAB='] }))],
    ['EVIDENCE_MALFORMED', 'nothing', undefined],
    ['EVIDENCE_MALFORMED', 'a number that JSON has not', { ...bundle(), more: 1n }],
    [
      'EVIDENCE_MALFORMED',
      'a circle',
      Object.assign(bundle(), {
        get more() {
          return this
        },
      }),
    ],
  ])('%s for %s', (code, _what, value) => {
    expect(() => parseBundle(value)).toThrow(
      expect.objectContaining({ name: 'SluiceError', code, kind: 'refused' }),
    )
  })

  test('what is not read reaches no other parser', () => {
    const { json } = parseBundle({ ...bundle({ more: 1 }), more: 1, messageSignature: null })
    expect(json).toEqual({ ...bundle() })
  })

  test('what it says in the wrong place is quoted in part', () => {
    const text = `${'x'.repeat(100_000)}\n::error::`
    const error = (() => {
      try {
        return parseBundle({ ...bundle(), mediaType: text })
      } catch (caught) {
        return caught as Error
      }
    })()
    expect(error).toMatchObject({ code: 'EVIDENCE_MALFORMED', message: expect.not.stringContaining('\n') })
    expect((error as Error).message.length).toBeLessThan(600)
  })
})

describe('a statement is read up to its limits', () => {
  const about = (subjects: number, members: object = {}) => ({
    ...statement({ name: 'm', digest: `sha256:${'ab'.repeat(32)}` }, 'https://example.com/v1', {}),
    subject: times(subjects, { name: 'm', digest: { sha256: 'ab'.repeat(32) } }),
    ...members,
  })
  const named = (length: number) => about(1, { subject: [{ name: 'x'.repeat(length), digest: {} }] })
  const digested = (length: number) => about(1, { subject: [{ digest: { sha256: 'x'.repeat(length) } }] })

  test.each<[string, (over: 0 | 1) => unknown]>([
    ['subjects', (over) => about(SUBJECT_LIMIT + over)],
    ['characters of a name', (over) => named(4096 + over)],
    ['characters of a digest', (over) => digested(512 + over)],
    ['characters of a predicate type', (over) => about(1, { predicateType: 'x'.repeat(1024 + over) })],
    ['at least one subject', (over) => about(1 - over)],
  ])('%s', (_what, make) => {
    expect(() => parseStatement(JSON.stringify(make(0)))).not.toThrow()
    expect(() => parseStatement(JSON.stringify(make(1)))).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED', kind: 'refused' }),
    )
  })
})

describe('a manifest', () => {
  // Whatever of a digest is hex, so that no wrong root gives a wrong digest away.
  const root = (resources: readonly Resource[]) =>
    createHash('sha256')
      .update(Buffer.concat(resources.map((resource) => Buffer.from(resource.digest, 'hex'))))
      .digest('hex')
  const manifest = (resources: readonly Resource[]) => ({
    ...statement({ name: 'm', digest: `sha256:${digest}` }, OMS_TYPE, {}),
    subject: [{ name: 'm', digest: { sha256: root(resources) } }],
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: [] },
      resources: resources.map((resource) => ({ ...resource, algorithm: 'sha256' })),
    },
  })
  const digest = 'ab'.repeat(32)

  test('of 100,000 files is read through the envelope', () => {
    const resources = Array.from({ length: 100_000 }, (_, at) => ({
      name: `layer-${at}/weights.bin`,
      digest,
    }))
    const { payload } = parseBundle(
      bundle({}, { payload: Buffer.from(JSON.stringify(manifest(resources))).toString('base64') }),
    )
    expect(readModelManifest(parseStatement(payload)).resources).toHaveLength(100_000)
  })

  test.each([
    ['no digest', ''],
    ['half a byte', digest.slice(1)],
    ['half a byte more', `${digest}a`],
    ['a byte less', digest.slice(2)],
    ['a byte more', `${digest}ab`],
    ['capital letters', digest.toUpperCase()],
    ['another letter', digest.replace('a', 'g')],
  ])('whose file has a digest of %s is refused', (_what, wrong) => {
    expect(() => readModelManifest(manifest([{ name: 'w', digest }]))).not.toThrow()
    expect(() => readModelManifest(manifest([{ name: 'w', digest: wrong }]))).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED', kind: 'refused' }),
    )
  })
})
