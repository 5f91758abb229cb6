import { X509Certificate } from 'node:crypto'

/**
 * A TrustedRoot that differs in one thing: the authority is another of the same name.
 * @param certificate of that authority, PEM
 */
export function withAuthority(trustedRoot: string, certificate: string): string {
  const root = JSON.parse(trustedRoot) as { certificateAuthorities: [{ certChain: unknown }] }
  const rawBytes = new X509Certificate(certificate).raw.toString('base64')
  root.certificateAuthorities[0].certChain = { certificates: [{ rawBytes }] }
  return JSON.stringify(root)
}
