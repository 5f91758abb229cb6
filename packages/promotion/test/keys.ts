import { generateKeyPairSync } from 'node:crypto'
import {
  bundleBytes,
  keySigner,
  type SignedBy,
  type Signer,
  type StoredBundle,
  signStatement,
} from '@sluice/evidence'
import { digestOf } from '@sluice/oci'
import type { Statement } from '@sluice/verdict'

/** A signer with the trust that fits it. */
export interface Party {
  readonly signer: Signer
  readonly trust: SignedBy
  readonly privatePem: string
  readonly publicPem: string
}

export function party(): Party {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  return { signer: keySigner({ pem: privatePem }), trust: { key: publicPem }, privatePem, publicPem }
}

export async function stored(
  statement: Statement,
  { signer }: Party,
  name = 'bundle',
): Promise<StoredBundle> {
  const bytes = bundleBytes(await signStatement(statement, signer))
  return { bytes, digest: digestOf(bytes), location: name }
}

export const SUBJECT = { name: 'flight-delays', digest: `sha256:${'5a'.repeat(32)}` }
export const OTHER = { name: 'flight-delays', digest: `sha256:${'6b'.repeat(32)}` }
