import { sign } from 'node:crypto'
import { BUNDLE_MEDIA_TYPE } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import { hashFor, keyHint, readPrivateKey } from './key.js'
import type { Signer } from './signer.js'
import { timestamp } from './witness.js'

export interface KeySignerOptions {
  /** PKCS#8 or SEC1 in PEM; EC P-256, P-384, P-521 or Ed25519. */
  readonly pem: string
  readonly password?: string
  /** Base URL of an RFC 3161 authority; with it the signature has a time that others vouch for. */
  readonly tsaUrl?: string
}

/**
 * Signs with a key file. Without a timestamp authority the bundle has no time of its own, see the verifier.
 * @throws SluiceError SIGN_KEY_UNREADABLE, SIGN_KEY_PASSWORD, SIGN_KEY_UNSUPPORTED
 */
export function keySigner(options: KeySignerOptions): Signer {
  const key = readPrivateKey(options.pem, options.password)
  const hash = hashFor(key)
  const hint = keyHint(key)
  return {
    description: `key ${hint.slice(0, 16)}`,
    async sign(payloadType, payload) {
      const signature = sign(hash, preAuthEncoding(payloadType, payload), key)
      const times = options.tsaUrl === undefined ? [] : [await timestamp(options.tsaUrl, signature)]
      return {
        mediaType: BUNDLE_MEDIA_TYPE,
        verificationMaterial: {
          publicKey: { hint },
          tlogEntries: [],
          ...(times.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: times } }),
        },
        dsseEnvelope: {
          payload: Buffer.from(payload).toString('base64'),
          payloadType,
          signatures: [{ sig: signature.toString('base64'), keyid: '' }],
        },
      }
    },
  }
}
