import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { hashFor } from './key.js'

/** Whoever holds a private key: this process, or a program that asks an HSM or a key management service. */
export interface KeyHolder {
  readonly publicKey: KeyObject
  /**
   * Signs a message with the hash that belongs to the key (see `hashFor`); ECDSA signatures are in DER.
   * @throws SluiceError SIGN_COMMAND_FAILED
   */
  sign(message: Buffer): Promise<Buffer>
}

/** A key in memory. @throws SluiceError SIGN_KEY_UNSUPPORTED */
export function localKey(key: KeyObject): KeyHolder {
  const hash = hashFor(key)
  return {
    publicKey: createPublicKey(key),
    sign: async (message) => sign(hash, message, key),
  }
}
