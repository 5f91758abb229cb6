import { digestOf } from '@sluice/oci'
import * as v from 'valibot'
import { refusal } from '../refusal.js'
import { describeIssue } from './issue.js'
import { bundleSchema, type SerializedBundle } from './shape.js'
import { parseStrictJson } from './strict-json.js'

export { BUNDLE_MEDIA_TYPE, type SerializedBundle } from './shape.js'

/** A larger bundle is refused before it is parsed. A manifest of 100,000 files has about 20 MiB. */
export const BUNDLE_LIMIT = 32 * 1024 * 1024

/** A bundle within limits and of the right shape; nothing in it has been verified. */
export interface ParsedBundle {
  readonly json: SerializedBundle
  readonly payloadType: string
  readonly payload: Buffer
  readonly signature: Buffer
  /** Set when the signature is over another message than that of DSSE; see `inItsForm`. */
  readonly form?: 'model-signing-0.2'
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
  if (v.is(v.looseObject({ messageSignature: v.unknown() }), value) && value.messageSignature !== null) {
    throw refusal('EVIDENCE_UNSUPPORTED', 'The bundle holds a bare signature; expected a DSSE envelope.')
  }
  const result = v.safeParse(bundleSchema, value, { abortEarly: true })
  if (!result.success) {
    throw refusal('EVIDENCE_MALFORMED', `The bundle is wrong ${describeIssue(result.issues[0])}.`)
  }
  const json = result.output
  const material = json.verificationMaterial
  const kinds = [material.publicKey, material.certificate, material.x509CertificateChain]
  if (kinds.filter((kind) => kind !== undefined).length !== 1) {
    throw refusal('EVIDENCE_MALFORMED', 'The bundle must name exactly one public key, certificate or chain.')
  }
  const [{ sig }] = json.dsseEnvelope.signatures as [{ sig: string }]
  return {
    json,
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
  try {
    return bundleBytes(bundle as SerializedBundle)
  } catch (cause) {
    throw refusal('EVIDENCE_MALFORMED', 'The bundle cannot be written as JSON.', cause)
  }
}
