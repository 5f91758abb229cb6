import { generateKeyPairSync } from 'node:crypto'

/** A fresh pair in PEM; `password` encrypts the private half. */
export function keyPair(password?: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const format = { type: 'pkcs8', format: 'pem' } as const
  const options = password === undefined ? format : { ...format, cipher: 'aes-256-cbc', passphrase: password }
  return {
    privatePem: privateKey.export(options).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
