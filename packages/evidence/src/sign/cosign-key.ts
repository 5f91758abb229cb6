import { createPrivateKey, type KeyObject, scryptSync } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { parseStrictJson } from '../bundle/strict-json.js'

/** How cosign and go-tuf mark their encrypted keys; the older name is cosign's before 2.0. */
const BLOCK =
  /^\s*-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END ENCRYPTED \1 PRIVATE KEY-----\s*$/
/** Bytes that scrypt may take, `128 * N * r`; cosign's own parameters take 64 MiB. */
const MEMORY_LIMIT = 256 * 1024 * 1024

const base64 = v.pipe(v.string(), v.base64())
const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const schema = v.object({
  kdf: v.object({
    name: v.literal('scrypt'),
    params: v.object({ N: count, r: count, p: v.pipe(count, v.maxValue(16)) }),
    salt: base64,
  }),
  cipher: v.object({ name: v.literal('nacl/secretbox'), nonce: base64 }),
  ciphertext: base64,
})

/**
 * Opens a key in cosign's encryption: JSON in PEM with a PKCS#8 key, sealed with NaCl's secretbox under a key that
 * scrypt derives from the password (go-securesystemslib, encrypted).
 * @throws SluiceError SIGN_KEY_UNREADABLE, SIGN_KEY_PASSWORD; none holds a byte of the key
 */
export async function openCosignKey(pem: string, password: string): Promise<KeyObject> {
  const { kdf, cipher, ciphertext } = read(pem)
  const { N, r, p } = kdf.params
  if (128 * N * r > MEMORY_LIMIT || (N & (N - 1)) !== 0 || N < 2) throw unreadable()
  const nonce = Buffer.from(cipher.nonce, 'base64')
  if (nonce.length !== 24) throw unreadable()
  const salt = Buffer.from(kdf.salt, 'base64')
  const key = scryptSync(password, salt, 32, { N, r, p, maxmem: MEMORY_LIMIT + 1024 * 1024 })
  const { xsalsa20poly1305 } = await import('@noble/ciphers/salsa.js')
  let der: Uint8Array
  try {
    der = xsalsa20poly1305(key, nonce).decrypt(Buffer.from(ciphertext, 'base64'))
  } catch {
    throw new SluiceError('SIGN_KEY_PASSWORD', 'The key does not open with the password given.', {
      remedy: 'Correct the variable SLUICE_KEY_PASSWORD.',
    })
  }
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
  } catch {
    throw unreadable()
  }
}

function read(pem: string): v.InferOutput<typeof schema> {
  try {
    const [, , body = ''] = BLOCK.exec(pem) ?? []
    return v.parse(schema, parseStrictJson(Buffer.from(body, 'base64'), 'The key'))
  } catch {
    throw unreadable()
  }
}

function unreadable(): SluiceError {
  return new SluiceError('SIGN_KEY_UNREADABLE', 'The key is not one in the encryption of cosign 1 to 3.', {
    remedy: 'Name a key that `cosign generate-key-pair` wrote, or one in PKCS#8.',
  })
}
