import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { getCACertificates } from 'node:tls'

/** What a server shows for the hosts it answers for, and what its clients must believe. */
export interface Certified {
  /** PEM */
  readonly key: string
  /** PEM */
  readonly certificate: string
  /** Certificate of the authority, PEM. */
  readonly authority: string
}

const DAY = 24 * 60 * 60 * 1000
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Certifies hosts by an authority that lives for this call: its key is gone when it returns, so that nobody can have
 * another host certified by whoever still trusts it.
 * @param hosts names or addresses, without port or brackets
 */
export async function certify(hosts: readonly string[]): Promise<Certified> {
  // Loaded where it is used; the library declares its parts by decorators, which need `Reflect.metadata`.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const pair = () => crypto.subtle.generateKey(SIGNING, true, ['sign', 'verify'])
  const [root, leaf] = await Promise.all([pair(), pair()])
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 7 * DAY) }
  const name = 'CN=Registries of a rehearsal'
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name,
    keys: root,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(root.publicKey),
    ],
  })
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=rehearsal',
    issuer: name,
    publicKey: leaf.publicKey,
    signingKey: root.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  })
  return {
    key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', leaf.privateKey), 'PRIVATE KEY'),
    certificate: certificate.toString('pem'),
    authority: authority.toString('pem'),
  }
}

/** All that this machine believes, and one more authority: a bundle that may replace the machine's own. PEM. */
export function bundleWith(authority: string): string {
  const known = new Set([...getCACertificates('default'), ...getCACertificates('system')])
  const now = Date.now()
  // Some programs stop at the first certificate that they cannot take.
  const usable = [...known].filter((pem) => new X509Certificate(pem).validToDate.getTime() > now)
  return `${[...usable, authority].map((pem) => pem.trim()).join('\n')}\n`
}
