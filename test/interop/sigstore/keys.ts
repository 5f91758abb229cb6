import { generateKeyPairSync } from 'node:crypto'

export const KEYS = ['P-256', 'P-384', 'P-521', 'Ed25519'] as const
export type KeyKind = (typeof KEYS)[number]

/** A fresh pair as files, `<name>.pem` (PKCS#8) and `<name>.pub` (SPKI). */
export function pair(kind: KeyKind, name: string = kind): Record<string, string> {
  const { privateKey, publicKey } =
    kind === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: kind })
  return {
    [`${name}.pem`]: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    [`${name}.pub`]: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
