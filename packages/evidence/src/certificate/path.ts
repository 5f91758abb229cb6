import type { KeyObject } from 'node:crypto'
import { type Certificate, EXTENSION } from './certificate.js'

/** Certificates from a signer to what is trusted, the two included. */
const LENGTH_LIMIT = 10
/** Signatures checked in the search for one path; hostile chains may be knotted. */
const CHECKS_LIMIT = 100

/** What a signer has to be certified for. */
export interface Purpose {
  /** OID in its extended key usage (RFC 5280 section 4.2.1.12). */
  readonly oid: string
  readonly name: string
  /** Must be the only one. */
  readonly sole?: true
  /** Must be marked critical. */
  readonly critical?: true
}

/** id-kp-codeSigning. */
export const CODE_SIGNING: Purpose = { oid: '1.3.6.1.5.5.7.3.3', name: 'code signing' }
/** id-kp-timeStamping, as RFC 3161 section 2.3 asks for it. */
export const TIME_STAMPING: Purpose = {
  oid: '1.3.6.1.5.5.7.3.8',
  name: 'timestamps',
  sole: true,
  critical: true,
}
/** anyExtendedKeyUsage. */
const ANY_PURPOSE = '2.5.29.37.0'

/** Which rule a path broke: it leads nowhere, a certificate is not for this, not valid then, or too weak. */
export type PathRule = 'path' | 'usage' | 'period' | 'strength'

export class PathFault extends Error {
  readonly rule: PathRule
  constructor(rule: PathRule, message: string) {
    super(message)
    this.rule = rule
  }
}

/** What a signer's certificate is held against. */
export interface PathDemand {
  readonly purpose: Purpose
  /** The trusted time, at which every certificate has to be valid, both ends included. */
  readonly at: Date
  /** Certificates that may stand in between; in any order, needed or not. */
  readonly others: readonly Certificate[]
  /** Certificates that are trusted. */
  readonly anchors: readonly Certificate[]
  /**
   * Takes a signer that calls itself an authority, so long as its key may not sign certificates: such as those that
   * model_signing's documentation makes.
   */
  readonly authorityMaySign?: boolean
}

/**
 * Finds a path from a signer to a trusted certificate and validates it (RFC 5280 section 6, without revocation).
 * Stricter than that: trusted certificates count as part of the path; algorithms and keys have a floor; key usages have
 * to be stated; authorities that state purposes must state this one; name constraints are refused, not evaluated.
 * @returns the path, signer first
 * @throws PathFault of the first path that led to a trusted certificate, or of the search
 */
export function certifiedPath(signer: Certificate, demand: PathDemand): readonly Certificate[] {
  judgeSigner(signer, demand)
  let fault: PathFault | undefined
  for (const path of paths(signer, demand)) {
    try {
      judgePath(path, demand)
      return path
    } catch (error) {
      if (!(error instanceof PathFault)) throw error
      fault ??= error
    }
  }
  throw fault ?? new PathFault('path', `${named(signer)} leads to no trusted authority`)
}

/**
 * Holds a chain against all that is demanded of a path but that it leads to what is trusted.
 * @param chain signer first; that each was issued by the next is the caller's to see
 * @throws PathFault
 */
export function certifiedChain(
  chain: readonly [Certificate, ...Certificate[]],
  demand: Pick<PathDemand, 'purpose' | 'at'>,
): void {
  judgeSigner(chain[0], demand)
  judgePath(chain, demand)
}

/** All paths that signatures and names make, shortest branches first. */
function* paths(signer: Certificate, { others, anchors }: PathDemand): Generator<readonly Certificate[]> {
  const trusted = new Set(anchors.map(identityOf))
  let checks = 0
  const issued = (child: Certificate, parent: Certificate): boolean => {
    if (!parent.subject.equals(child.issuer)) return false
    if (parent.keyId && child.issuerKeyId && !parent.keyId.equals(child.issuerKeyId)) return false
    checks++
    if (checks > CHECKS_LIMIT) throw new PathFault('path', 'its chain has too many branches')
    return isIssuedBy(child, parent)
  }
  const branches: (readonly Certificate[])[] = [[signer]]
  for (let branch = branches.shift(); branch !== undefined; branch = branches.shift()) {
    const last = branch.at(-1) as Certificate
    if (branch.length > 1 && trusted.has(identityOf(last))) {
      yield branch
      continue
    }
    if (branch.length === LENGTH_LIMIT) continue
    const used = new Set(branch.map(identityOf))
    for (const parent of [...anchors, ...others])
      if (!used.has(identityOf(parent)) && issued(last, parent)) {
        used.add(identityOf(parent))
        branches.push([...branch, parent])
      }
  }
}

/** Whether a certificate may sign for a purpose. @throws PathFault */
export function judgeSigner(
  signer: Certificate,
  { purpose, authorityMaySign }: Pick<PathDemand, 'purpose' | 'authorityMaySign'>,
): void {
  const { keyUsage, purposes } = signer
  const refuse = (why: string) => new PathFault('usage', `${named(signer)} ${why}`)
  if (keyUsage?.certificateSigning || keyUsage?.listSigning)
    throw refuse('is of an authority, not of a signer')
  if (signer.authority && !authorityMaySign) throw refuse('is of an authority, not of a signer')
  // Authorities for timestamps may sign for the content alone (RFC 3161 section 2.3 leaves both open).
  const signs = keyUsage?.digitalSignature || (purpose === TIME_STAMPING && keyUsage?.contentCommitment)
  if (!signs) throw refuse('is not for digital signatures')
  if (!purposes?.oids.includes(purpose.oid) || purposes.oids.includes(ANY_PURPOSE))
    throw refuse(`is not for ${purpose.name}`)
  if (purpose.sole && purposes.oids.length !== 1) throw refuse(`is not for ${purpose.name} alone`)
  if (purpose.critical && !purposes.critical) throw refuse(`does not mark ${purpose.name} as critical`)
}

function judgePath(path: readonly Certificate[], { purpose, at }: Pick<PathDemand, 'purpose' | 'at'>): void {
  path.forEach((certificate, index) => {
    judgeSoundness(certificate)
    // Nobody relies on the signature of what is trusted anyway.
    if (index < path.length - 1) judgeAlgorithm(certificate)
    if (index > 0) judgeAuthority(certificate, index - 1, purpose)
    if (at < certificate.notBefore || at > certificate.notAfter) {
      const period = `${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`
      throw new PathFault(
        'period',
        `${named(certificate)} is valid from ${period}, not at ${at.toISOString()}`,
      )
    }
  })
}

/**
 * Whether a certificate may issue others for a purpose.
 * @param below how many authorities stand between it and the signer
 * @throws PathFault
 */
export function judgeAuthority(certificate: Certificate, below: number, purpose: Purpose): void {
  const { authority, keyUsage, purposes } = certificate
  const refuse = (why: string) => new PathFault('usage', `${named(certificate)} ${why}`)
  if (authority === undefined || keyUsage?.certificateSigning !== true)
    throw refuse('may not issue certificates')
  if (authority.pathLength !== undefined && below > authority.pathLength)
    throw refuse(`allows ${authority.pathLength} authorities below it, and there are ${below}`)
  if (purposes && ![purpose.oid, ANY_PURPOSE].some((oid) => purposes.oids.includes(oid)))
    throw refuse(`may not issue certificates for ${purpose.name}`)
}

const KNOWN: readonly string[] = Object.values(EXTENSION)

/** Whether a certificate says nothing that is not understood, over a key that can be trusted. @throws PathFault */
export function judgeSoundness(certificate: Certificate): void {
  const key = certificate.publicKey
  if (!isStrong(key))
    throw new PathFault('strength', `${named(certificate)} has a weak or unknown key, ${kindOf(key)}`)
  if (certificate.extensions.has(EXTENSION.nameConstraints))
    throw new PathFault('usage', `${named(certificate)} constrains names, which is not evaluated here`)
  for (const [oid, { critical }] of certificate.extensions)
    if (critical && !KNOWN.includes(oid))
      throw new PathFault(
        'usage',
        `${named(certificate)} has the critical extension ${oid}, which is not known here`,
      )
}

/** Signatures with SHA-2, and EdDSA; MD5, SHA-1 and SHA-224 are not among them (NIST SP 800-131A). */
const STRONG: readonly string[] = [
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
]
/** RSASSA-PSS, whose hash is a parameter and SHA-1 unless stated (RFC 4055 section 3.1). */
const PSS = '1.2.840.113549.1.1.10'
const STRONG_HASHES: readonly (string | undefined)[] = [
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
]
const CURVES: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1']
const RSA_BITS = 2048

/** Whether it was issued with an algorithm that can be trusted. @throws PathFault */
export function judgeAlgorithm(certificate: Certificate): void {
  const { algorithm, hash } = certificate.signedWith
  const strong = STRONG.includes(algorithm) || (algorithm === PSS && STRONG_HASHES.includes(hash))
  if (!strong)
    throw new PathFault(
      'strength',
      `${named(certificate)} is signed with the weak or unknown algorithm ${algorithm}`,
    )
}

function isStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'rsa' || type === 'rsa-pss') return (details?.modulusLength ?? 0) >= RSA_BITS
  return type === 'ed25519' || (type === 'ec' && CURVES.includes(details?.namedCurve))
}

function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  return [type, details?.modulusLength ?? details?.namedCurve].filter((part) => part !== undefined).join(' ')
}

/** Whether a certificate carries the signature of another's key. */
export function isIssuedBy(child: Certificate, parent: Certificate): boolean {
  try {
    return child.x509.verify(parent.publicKey)
  } catch {
    // The key is of another kind than the signature.
    return false
  }
}

function identityOf({ x509 }: Certificate): string {
  return x509.fingerprint256
}

function named({ subjectName }: Certificate): string {
  return `the certificate of ${JSON.stringify(subjectName).slice(0, 200)}`
}
