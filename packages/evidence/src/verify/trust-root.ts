import { X509Certificate } from 'node:crypto'
import type { TrustMaterial } from '@sigstore/verify'
import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { parseStrictJson } from '../bundle/strict-json.js'

const TRUST_ROOT_LIMIT = 4 * 1024 * 1024
const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]
/** id-kp-timeStamping (RFC 5280 section 4.2.1.12), which a timestamp authority must be certified for (RFC 3161 section 2.3). */
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'

const period = v.looseObject({ start: v.pipe(v.string(), v.isoTimestamp()) })
const log = v.looseObject({
  baseUrl: v.string(),
  publicKey: v.looseObject({ rawBytes: v.string(), validFor: period }),
})
const authority = v.looseObject({
  certChain: v.object({ certificates: v.pipe(v.array(v.object({ rawBytes: v.string() })), v.minLength(1)) }),
  validFor: period,
})
const schema = v.looseObject({
  mediaType: v.picklist(MEDIA_TYPES),
  tlogs: v.optional(v.array(log), []),
  certificateAuthorities: v.optional(v.array(authority), []),
  ctlogs: v.optional(v.array(log), []),
  timestampAuthorities: v.optional(v.array(authority), []),
})

/** Whom keyless signatures are traced to. What it names is also what it demands: see `demands`. */
export interface TrustRoot {
  /** `@sigstore/verify`'s form. */
  readonly material: TrustMaterial
  /**
   * A root with logs demands an entry in one, a root with certificate logs a certificate's promise of one;
   * so that nobody gets round a log by leaving its entry out.
   */
  readonly demands: { readonly log: boolean; readonly certificateLog: boolean }
}

/**
 * Reads a TrustedRoot (sigstore/protobuf-specs, sigstore_trustroot.proto; JSON, v0.1 and v0.2).
 * Stricter than the format: every period needs a start, since a missing one would mean "since ever".
 * @throws SluiceError TRUST_ROOT_MALFORMED
 */
export async function readTrustRoot(data: Uint8Array | string): Promise<TrustRoot> {
  if (data.length > TRUST_ROOT_LIMIT) throw malformed(`it has more than ${TRUST_ROOT_LIMIT} bytes`)
  let value: unknown
  try {
    value = parseStrictJson(data, 'The trust root')
  } catch (cause) {
    throw malformed('it is not one unambiguous JSON document', cause)
  }
  const result = v.safeParse(schema, value)
  if (!result.success) {
    const [issue] = result.issues
    throw malformed(`at \`${v.getDotPath(issue) ?? ''}\`: ${issue.message}`)
  }
  const root = result.output
  for (const { certChain } of root.timestampAuthorities) {
    const usages = certificate(certChain.certificates[0]?.rawBytes ?? '').keyUsage
    if (!usages?.includes(TIME_STAMPING))
      throw malformed('a timestamp authority is not certified for timestamps')
  }
  const { TrustedRoot } = await import('@sigstore/protobuf-specs')
  const { toTrustMaterial } = await import('@sigstore/verify')
  try {
    return {
      material: toTrustMaterial(TrustedRoot.fromJSON(value)),
      demands: { log: root.tlogs.length > 0, certificateLog: root.ctlogs.length > 0 },
    }
  } catch (cause) {
    throw malformed('a key or certificate in it cannot be read', cause)
  }
}

/**
 * The root of the public Sigstore, as embedded in `@sigstore/tuf`; no network, and as old as the release of Sluice.
 * @throws SluiceError TRUST_ROOT_MALFORMED
 */
export async function publicTrustRoot(): Promise<TrustRoot> {
  return readTrustRoot(await publicTrustRootBytes())
}

/** The same, as the JSON that `readTrustRoot` takes, to be handed on to whoever verifies elsewhere. */
export async function publicTrustRootBytes(): Promise<Uint8Array> {
  const { default: seeds } = await import('@sigstore/tuf/seeds.json', { with: { type: 'json' } })
  const { 'trusted_root.json': root } = seeds['https://tuf-repo-cdn.sigstore.dev'].targets
  return Buffer.from(root, 'base64')
}

function certificate(rawBytes: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(rawBytes, 'base64'))
  } catch (cause) {
    throw malformed('a certificate in it cannot be read', cause)
  }
}

function malformed(why: string, cause?: unknown): SluiceError {
  return new SluiceError('TRUST_ROOT_MALFORMED', `The trust root cannot be used: ${why}.`, {
    remedy: 'Name a TrustedRoot in JSON, as `cosign trusted-root create` or the Sigstore instance gives it.',
    cause,
  })
}
