import type { KeyObject } from 'node:crypto'
import type { SerializedBundle } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import type { TrustRoot } from '../verify/trust-root.js'
import { keyHint, readPrivateKey } from './key.js'
import { type KeyHolder, localKey } from './key-holder.js'
import type { Reach } from './service/ask.js'
import type { Signed } from './service/signed.js'
import type { Signer } from './signer.js'
import { requireWithin, type SigningChain } from './signing-chain.js'
import {
  reachOf,
  requireWitnessed,
  type Witnesses,
  type WitnessOptions,
  witnessed,
  witnessesOf,
} from './witnesses.js'

export interface HeldKeySignerOptions extends WitnessOptions, Partial<Reach> {
  readonly holder: KeyHolder
  /** The bundle then holds these in place of the key's name. */
  readonly chain?: SigningChain
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

/**
 * Signs with a key, whoever holds it, and with the certificates that name its owner where there are some.
 * @throws SluiceError SIGN_LOG_KEY
 */
export function heldKeySigner(options: HeldKeySignerOptions): Signer {
  const { holder, chain, trustRoot } = options
  const reach = reachOf(options, trustRoot)
  const hint = keyHint(holder.publicKey)
  const by: Signed['by'] =
    chain === undefined
      ? { kind: 'key', key: holder.publicKey }
      : { kind: 'certificate', der: chain.leaf.x509.raw }
  const witnesses = witnessesOf(options)
  requireWitnessed(by, witnesses)
  const warning = chain === undefined ? undefined : lastingOf(chain, witnesses)
  return {
    description:
      chain === undefined
        ? `key ${hint.slice(0, 16)}`
        : `the certificate of ${chain.leaf.subjectName.slice(0, 100)}`,
    ...(warning === undefined ? {} : { warning }),
    async sign(payloadType, data) {
      const payload = Buffer.from(data)
      const signature = await holder.sign(preAuthEncoding(payloadType, payload))
      const signed = { payloadType, payload, signature, by }
      const material =
        chain === undefined
          ? { publicKey: { hint } }
          : {
              x509CertificateChain: {
                certificates: chain.certificates.map((der) => ({ rawBytes: der.toString('base64') })),
              },
            }
      const bundle = await witnessed(signed, material, witnesses, reach, (time, tsaUrl) => {
        if (chain) requireWithin(chain, time, tsaUrl)
      })
      if (trustRoot && witnesses.logs.length + witnesses.timestampAuthorities.length > 0)
        await verifySelf(bundle, holder.publicKey, chain, trustRoot)
      return bundle
    },
  }
}

/** What is to be known of a signature that no one vouches the time of. */
function lastingOf({ leaf }: SigningChain, { logs, timestampAuthorities }: Witnesses): string | undefined {
  if (timestampAuthorities.length > 0 || logs.some(({ major }) => major === 1)) return undefined
  return `No one vouches for the time of the signature, so it verifies until its certificate expires, on ${leaf.notAfter.toISOString()}, and no longer.`
}

async function verifySelf(
  bundle: SerializedBundle,
  key: KeyObject,
  chain: SigningChain | undefined,
  trustRoot: TrustRoot,
): Promise<void> {
  const { parseBundle } = await import('../bundle/bundle.js')
  if (chain === undefined) {
    const { verifyKeyed } = await import('../verify/keyed.js')
    const pem = key.export({ type: 'spki', format: 'pem' }).toString()
    await verifyKeyed(parseBundle(bundle), { key: pem, trustRoot })
  } else if (chain.authority !== undefined) {
    const { verifyOwnPki } = await import('../verify/own-pki.js')
    const { subjectName, alternativeNames } = chain.leaf
    const identity = alternativeNames[0] ?? subjectName
    await verifyOwnPki(parseBundle(bundle), { authority: chain.authority, identity, trustRoot }, new Date())
  }
}
