import { generateKeyPairSync } from 'node:crypto'

/** A fresh pair in PEM; `password` encrypts the private half. */
export function keyPair(curve: 'P-256' | 'P-384' | 'P-521' | 'ed25519' = 'P-256', password?: string) {
  const { privateKey, publicKey } =
    curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curve })
  const format = { type: 'pkcs8', format: 'pem' } as const
  return {
    privatePem: privateKey
      .export(password === undefined ? format : { ...format, cipher: 'aes-256-cbc', passphrase: password })
      .toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey,
  }
}
