import { preAuthEncoding } from '../bundle/envelope.js'
import type { TrustRoot } from '../verify/trust-root.js'
import { keyHint, readPrivateKey } from './key.js'
import { type KeyHolder, localKey } from './key-holder.js'
import type { Reach } from './service/ask.js'
import type { Signer } from './signer.js'
import { requireWitnessed, type WitnessOptions, witnessed, witnessesOf } from './witnesses.js'

export interface HeldKeySignerOptions extends WitnessOptions, Partial<Reach> {
  readonly holder: KeyHolder
  /** When given, a bundle that anyone has witnessed is handed out only if it verifies against this root. */
  readonly trustRoot?: TrustRoot
}

export interface KeySignerOptions extends Omit<HeldKeySignerOptions, 'holder'> {
  /** PKCS#8 or SEC1 in PEM; EC P-256, P-384, P-521 or Ed25519. */
  readonly pem: string
  readonly password?: string
}

/**
 * Signs with a key in PEM. Without a timestamp authority the bundle has no time of its own, see the verifier.
 * @throws SluiceError SIGN_KEY_UNREADABLE, SIGN_KEY_PASSWORD, SIGN_KEY_UNSUPPORTED, SIGN_LOG_KEY
 */
export function keySigner({ pem, password, ...options }: KeySignerOptions): Signer {
  return heldKeySigner({ ...options, holder: localKey(readPrivateKey(pem, password)) })
}

/** Signs with a key, whoever holds it. @throws SluiceError SIGN_LOG_KEY */
export function heldKeySigner(options: HeldKeySignerOptions): Signer {
  const { holder, trustRoot, fetch = globalThis.fetch } = options
  const by = { kind: 'key' as const, key: holder.publicKey }
  const hint = keyHint(holder.publicKey)
  const witnesses = witnessesOf(options)
  requireWitnessed(by, witnesses)
  return {
    description: `key ${hint.slice(0, 16)}`,
    async sign(payloadType, data) {
      const payload = Buffer.from(data)
      const signature = await holder.sign(preAuthEncoding(payloadType, payload))
      const signed = { payloadType, payload, signature, by }
      const bundle = await witnessed(signed, { publicKey: { hint } }, witnesses, { ...options, fetch })
      if (trustRoot && witnesses.logs.length + witnesses.timestampAuthorities.length > 0) {
        const { verifyKeyed } = await import('../verify/keyed.js')
        const { parseBundle } = await import('../bundle/bundle.js')
        await verifyKeyed(
          parseBundle(bundle),
          holder.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
          trustRoot,
        )
      }
      return bundle
    },
  }
}
