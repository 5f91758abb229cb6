import { sign, X509Certificate } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { BUNDLE_MEDIA_TYPE, type SerializedBundle } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import type { TrustRoot } from '../verify/trust-root.js'
import { certifyKey, type SigningFetch } from './fulcio.js'
import type { Signer } from './signer.js'
import { host, logEntry, timestamp } from './witness.js'

export interface KeylessSignerOptions {
  /** The OIDC token of the provider that was chosen, for audience `sigstore`. Never read from the environment. */
  readonly identityToken: string
  readonly fulcioUrl: string
  /** A transparency log; without one a timestamp authority is needed. */
  readonly rekorUrl?: string
  /** API of the log; version 2 keeps no time, so it needs `tsaUrl` too. Defaults to 1. */
  readonly rekorMajor?: 1 | 2
  readonly tsaUrl?: string
  /** When given, a bundle is handed out only if it verifies against this root. */
  readonly trustRoot?: TrustRoot
  readonly fetch: SigningFetch
}

/**
 * Signs with a key that lives for one signature, certified for the identity in the token.
 * @throws SluiceError SIGN_NO_WITNESS (usage)
 */
export function keylessSigner(options: KeylessSignerOptions): Signer {
  const { rekorUrl, tsaUrl, rekorMajor = 1 } = options
  if (tsaUrl === undefined && (rekorUrl === undefined || rekorMajor === 2)) {
    throw new SluiceError('SIGN_NO_WITNESS', 'Nothing would vouch for the time of the signature.', {
      remedy: 'Set `tsa-url`, or a `rekor-url` of version 1: a certificate is valid for minutes only.',
    })
  }
  return {
    description: `an identity certified by ${host(options.fulcioUrl)}`,
    async sign(payloadType, payload) {
      const certified = await certifyKey(options.fulcioUrl, options.identityToken, options.fetch)
      const signature = sign('sha256', preAuthEncoding(payloadType, payload), certified.key)
      const leaf = new X509Certificate(certified.certificate)
      const times = tsaUrl === undefined ? [] : [await timestamp(tsaUrl, signature)]
      const entries =
        rekorUrl === undefined
          ? []
          : [await logged({ payloadType, payload, signature }, certified.certificate, rekorUrl, rekorMajor)]
      const bundle: SerializedBundle = {
        mediaType: BUNDLE_MEDIA_TYPE,
        verificationMaterial: {
          certificate: { rawBytes: leaf.raw.toString('base64') },
          tlogEntries: entries,
          ...(times.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: times } }),
        },
        dsseEnvelope: {
          payload: Buffer.from(payload).toString('base64'),
          payloadType,
          signatures: [{ sig: signature.toString('base64'), keyid: '' }],
        },
      }
      if (options.trustRoot) {
        const { verifySelf } = await import('../verify/keyless.js')
        await verifySelf(bundle, options.trustRoot)
      }
      return bundle
    },
  }
}

async function logged(
  envelope: { readonly payloadType: string; readonly payload: Uint8Array; readonly signature: Buffer },
  certificate: string,
  rekorUrl: string,
  major: 1 | 2,
): Promise<NonNullable<SerializedBundle['verificationMaterial']['tlogEntries']>[number]> {
  const { TransparencyLogEntry } = await import('@sigstore/protobuf-specs')
  const content = {
    $case: 'dsseEnvelope' as const,
    dsseEnvelope: {
      payload: Buffer.from(envelope.payload),
      payloadType: envelope.payloadType,
      signatures: [{ sig: envelope.signature, keyid: '' }],
    },
  }
  const entry = await logEntry(content, certificate, rekorUrl, major)
  return TransparencyLogEntry.toJSON(entry) as NonNullable<
    SerializedBundle['verificationMaterial']['tlogEntries']
  >[number]
}
