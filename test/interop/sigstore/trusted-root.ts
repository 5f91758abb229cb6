import { X509Certificate } from 'node:crypto'

/**
 * A TrustedRoot that differs in one thing: the authority is another of the same name.
 * @param certificate of that authority, PEM
 */
export function withAuthority(trustedRoot: string, certificate: string): string {
  const root = JSON.parse(trustedRoot) as { certificateAuthorities: [{ certChain: unknown }] }
  root.certificateAuthorities[0].certChain = chainOf(certificate)
  return JSON.stringify(root)
}

/**
 * A TrustedRoot of an own PKI, without logs.
 * @param given chains, PEM, the authority last
 */
export function ownRoot(given: { readonly authority?: string; readonly timestamps?: string }): string {
  const since = new Date(Date.now() - 3_600_000).toISOString()
  const trusted = (chain: string | undefined) =>
    chain === undefined
      ? []
      : [
          {
            subject: { organization: 'Sluice', commonName: 'own' },
            uri: 'http://127.0.0.1',
            certChain: chainOf(chain),
            validFor: { start: since },
          },
        ]
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [],
    certificateAuthorities: trusted(given.authority),
    ctlogs: [],
    timestampAuthorities: trusted(given.timestamps),
  })
}

function chainOf(chain: string) {
  const certificates = chain
    .split(/(?=-----BEGIN)/)
    .filter((pem) => pem.includes('BEGIN'))
    .map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString('base64') }))
  return { certificates }
}
