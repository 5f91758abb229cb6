import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { SluiceError } from '@sluice/errors'

/** ECDSA hash by curve; Ed25519 hashes by itself (OMS v1.0 section 7.2; RFC 8032). */
const HASHES: Record<string, string> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' }

/** The hash to sign and verify with, or null for Ed25519. @throws SluiceError SIGN_KEY_UNSUPPORTED */
export function hashFor(key: KeyObject): string | null {
  const curve = key.asymmetricKeyDetails?.namedCurve
  const hash = HASHES[curve ?? '']
  if (key.asymmetricKeyType === 'ec' && hash !== undefined) return hash
  if (key.asymmetricKeyType === 'ed25519') return null
  throw new SluiceError(
    'SIGN_KEY_UNSUPPORTED',
    `The key is of type ${key.asymmetricKeyType ?? 'unknown'}${curve === undefined ? '' : ` on ${curve}`}; expected EC P-256, P-384 or P-521, or Ed25519.`,
    { remedy: 'Make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.' },
  )
}

/**
 * Reads a private key in PEM: PKCS#8, plain or encrypted, or SEC1. Keys in cosign's encryption: see `openPrivateKey`.
 * @throws SluiceError SIGN_KEY_UNREADABLE, SIGN_KEY_PASSWORD, SIGN_KEY_UNSUPPORTED; none holds a byte of the key
 */
export function readPrivateKey(pem: string, password?: string): KeyObject {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)
  if (encrypted && password === undefined) {
    throw lacksPassword()
  }
  let key: KeyObject
  try {
    key = createPrivateKey(encrypted ? { key: pem, passphrase: password ?? '' } : pem)
  } catch {
    // The cause is left out: OpenSSL's texts may quote what it read.
    if (encrypted) {
      throw new SluiceError('SIGN_KEY_PASSWORD', 'The key does not open with the password given.', {
        remedy: 'Correct the variable SLUICE_KEY_PASSWORD.',
      })
    }
    throw new SluiceError('SIGN_KEY_UNREADABLE', 'The key is not a private key in PEM.', {
      remedy: 'Name a file with a PKCS#8 private key, `-----BEGIN PRIVATE KEY-----`.',
    })
  }
  hashFor(key)
  return key
}

/**
 * Reads a private key in any form there is, cosign's own encryption too, for which a library is loaded.
 * @throws SluiceError SIGN_KEY_UNREADABLE, SIGN_KEY_PASSWORD, SIGN_KEY_UNSUPPORTED; none holds a byte of the key
 */
export async function openPrivateKey(pem: string, password?: string): Promise<KeyObject> {
  if (!/-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/.test(pem))
    return readPrivateKey(pem, password)
  if (password === undefined) throw lacksPassword()
  const { openCosignKey } = await import('./cosign-key.js')
  const key = await openCosignKey(pem, password)
  hashFor(key)
  return key
}

/** Reads a public key in PEM (SPKI). @throws SluiceError VERIFY_KEY_UNREADABLE, SIGN_KEY_UNSUPPORTED */
export function readPublicKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    if (pem.includes('PRIVATE KEY')) throw new Error('a private key')
    key = createPublicKey(pem)
  } catch {
    throw new SluiceError('VERIFY_KEY_UNREADABLE', 'The key is not a public key in PEM.', {
      remedy: 'Name a file with a public key, `-----BEGIN PUBLIC KEY-----`; verifying needs no private one.',
    })
  }
  hashFor(key)
  return key
}

function lacksPassword(): SluiceError {
  return new SluiceError('SIGN_KEY_PASSWORD', 'The key is encrypted and no password was given.', {
    remedy: 'Put the password into the variable SLUICE_KEY_PASSWORD of the step.',
  })
}

/** How OMS names a key: SHA-256 of its SPKI PEM text with the final newline, lower-case hex. */
export function keyHint(key: KeyObject): string {
  const open = key.type === 'private' ? createPublicKey(key) : key
  return createHash('sha256')
    .update(open.export({ type: 'spki', format: 'pem' }))
    .digest('hex')
}
