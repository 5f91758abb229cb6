import { digestOf } from '@sluice/oci'
import * as v from 'valibot'
import { refusal } from '../refusal.js'
import { parseStrictJson } from './strict-json.js'

/** What Sluice writes (sigstore/protobuf-specs, sigstore_bundle.proto). */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** What Sluice reads. The names are closed: a media type decides nothing but how members are called. */
const READABLE = [
  BUNDLE_MEDIA_TYPE,
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
]

/** A larger bundle is refused before it is parsed. A manifest of 100,000 files has about 20 MiB. */
export const BUNDLE_LIMIT = 32 * 1024 * 1024

const base64 = v.pipe(
  v.string(),
  v.check(
    (text) => Buffer.from(text, 'base64').toString('base64') === text,
    'expected base64 in its one canonical form',
  ),
)
const bytes = v.pipe(v.object({ rawBytes: base64 }))

const schema = v.object({
  mediaType: v.picklist(READABLE),
  verificationMaterial: v.object({
    publicKey: v.optional(
      v.object({ hint: v.optional(v.pipe(v.string(), v.maxLength(512))), rawBytes: v.optional(base64) }),
    ),
    certificate: v.optional(bytes),
    x509CertificateChain: v.optional(
      v.object({ certificates: v.pipe(v.array(bytes), v.minLength(1), v.maxLength(10)) }),
    ),
    tlogEntries: v.nullish(
      v.pipe(
        v.array(
          v.looseObject({
            canonicalizedBody: v.optional(base64),
            inclusionPromise: v.nullish(v.looseObject({})),
            inclusionProof: v.nullish(v.looseObject({ checkpoint: v.optional(v.looseObject({})) })),
          }),
        ),
        v.maxLength(8),
      ),
    ),
    timestampVerificationData: v.nullish(
      v.object({
        rfc3161Timestamps: v.nullish(v.pipe(v.array(v.object({ signedTimestamp: base64 })), v.maxLength(8))),
      }),
    ),
  }),
  dsseEnvelope: v.object({
    payload: base64,
    payloadType: v.pipe(v.string(), v.maxLength(256)),
    signatures: v.pipe(
      v.array(v.object({ sig: v.pipe(base64, v.minLength(1)), keyid: v.nullish(v.string()) })),
      v.length(1, 'expected exactly one signature'),
    ),
  }),
})

/** A Sigstore bundle as JSON, the members that Sluice writes and reads. */
export type SerializedBundle = v.InferInput<typeof schema>

/** A bundle within limits and of the right shape; nothing in it has been verified. */
export interface ParsedBundle {
  readonly json: SerializedBundle
  readonly payloadType: string
  readonly payload: Buffer
  readonly signature: Buffer
  /** `sha256:<hex>` of the bundle's bytes as they were stored. */
  readonly digest: string
}

/**
 * Reads a bundle: size, shape, one envelope, one signature, one kind of key, no ambiguous JSON.
 * @param bundle the stored bytes or text, or an object that was parsed already
 * @throws SluiceError EVIDENCE_TOO_LARGE, EVIDENCE_MALFORMED, EVIDENCE_UNSUPPORTED
 */
export function parseBundle(bundle: unknown): ParsedBundle {
  const stored = bytesOf(bundle)
  if (stored.length > BUNDLE_LIMIT) {
    throw refusal(
      'EVIDENCE_TOO_LARGE',
      `The bundle has ${stored.length} bytes; at most ${BUNDLE_LIMIT} are read.`,
    )
  }
  const value = parseStrictJson(stored, 'The bundle')
  if (v.is(v.looseObject({ messageSignature: v.looseObject({}) }), value)) {
    throw refusal('EVIDENCE_UNSUPPORTED', 'The bundle holds a bare signature; expected a DSSE envelope.')
  }
  const result = v.safeParse(schema, value)
  if (!result.success) {
    const [issue] = result.issues
    throw refusal(
      'EVIDENCE_MALFORMED',
      `The bundle is wrong at \`${v.getDotPath(issue) ?? ''}\`: ${issue.message}.`,
    )
  }
  const json = result.output
  const material = json.verificationMaterial
  const kinds = [material.publicKey, material.certificate, material.x509CertificateChain]
  if (kinds.filter((kind) => kind !== undefined).length !== 1) {
    throw refusal('EVIDENCE_MALFORMED', 'The bundle must name exactly one public key, certificate or chain.')
  }
  const [{ sig }] = json.dsseEnvelope.signatures as [{ sig: string }]
  return {
    json: value as SerializedBundle,
    payloadType: json.dsseEnvelope.payloadType,
    payload: Buffer.from(json.dsseEnvelope.payload, 'base64'),
    signature: Buffer.from(sig, 'base64'),
    digest: digestOf(stored),
  }
}

/** The bytes under which a bundle is stored and named. */
export function bundleBytes(bundle: SerializedBundle): Buffer {
  return Buffer.from(`${JSON.stringify(bundle)}\n`)
}

function bytesOf(bundle: unknown): Uint8Array {
  if (bundle instanceof Uint8Array) return bundle
  if (typeof bundle === 'string') return Buffer.from(bundle)
  return bundleBytes(bundle as SerializedBundle)
}
