import { sign, X509Certificate } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { preAuthEncoding } from '../bundle/envelope.js'
import type { TrustRoot } from '../verify/trust-root.js'
import { certifyKey } from './fulcio.js'
import { host, type Reach } from './service/ask.js'
import type { Signer } from './signer.js'
import { reachOf, type WitnessOptions, witnessed, witnessesOf } from './witnesses.js'

/** Without a log of version 1, which gives a time, a timestamp authority is needed. */
export interface KeylessSignerOptions extends WitnessOptions, Reach {
  /** The OIDC token of the provider that was chosen, for audience `sigstore`. Never read from the environment. */
  readonly identityToken: string
  readonly fulcioUrl: string
  /** When given, a bundle is handed out only if it verifies against this root. */
  readonly trustRoot?: TrustRoot
}

/**
 * Signs with a key that lives for one signature, certified for the identity in the token.
 * @throws SluiceError SIGN_NO_WITNESS (usage)
 */
export function keylessSigner(options: KeylessSignerOptions): Signer {
  const { fulcioUrl, identityToken, trustRoot } = options
  const witnesses = witnessesOf(options)
  if (witnesses.timestampAuthorities.length === 0 && !witnesses.logs.some(({ major }) => major === 1)) {
    throw new SluiceError('SIGN_NO_WITNESS', 'Nothing would vouch for the time of the signature.', {
      remedy: 'Set `tsa-url`, or a `rekor-url` of version 1: a certificate is valid for minutes only.',
    })
  }
  return {
    description: `an identity certified by ${host(fulcioUrl)}`,
    async sign(payloadType, data) {
      const payload = Buffer.from(data)
      const certified = await certifyKey(fulcioUrl, identityToken, options)
      const signature = sign('sha256', preAuthEncoding(payloadType, payload), certified.key)
      const { raw: der } = new X509Certificate(certified.certificate)
      const signed = { payloadType, payload, signature, by: { kind: 'certificate' as const, der } }
      const material = { certificate: { rawBytes: der.toString('base64') } }
      const bundle = await witnessed(signed, material, witnesses, reachOf(options, trustRoot))
      if (trustRoot) {
        const { verifySelf } = await import('../verify/keyless.js')
        await verifySelf(bundle, trustRoot)
      }
      return bundle
    },
  }
}
