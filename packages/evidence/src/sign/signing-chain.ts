import type { KeyObject } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import type { Certificate } from '../certificate/certificate.js'
import { CODE_SIGNING, certifiedChain, isIssuedBy, PathFault } from '../certificate/path.js'
import { readCertificates } from '../certificate/pem.js'
import { host } from './service/ask.js'
import type { Timestamp } from './service/timestamp.js'

/** What a bundle may hold (see `parseBundle`). */
const LENGTH_LIMIT = 10

/** Certificates of a signer, checked. */
export interface SigningChain {
  readonly leaf: Certificate
  /** DER, leaf first; without a root at the end, which whoever verifies has to have anyway. */
  readonly certificates: readonly Buffer[]
  /** The last certificate as it was given, PEM, when it is not the leaf. */
  readonly authority: string | undefined
}

/**
 * Reads the certificate to sign with and those that lead from it to an authority, and holds them against what the
 * verifier will demand, so that nothing is signed that cannot be verified.
 * @param pem leaf first, each issued by the one after it
 * @throws SluiceError SIGN_CERTIFICATE
 */
export async function readSigningChain(pem: string, key: KeyObject, now: Date): Promise<SigningChain> {
  const chain = await readCertificates(pem, 'The certificate').catch((cause: Error) => {
    throw unfit(cause.message, cause)
  })
  if (chain.length > LENGTH_LIMIT)
    throw unfit(`It holds ${chain.length} certificates; at most ${LENGTH_LIMIT} are kept.`)
  const [leaf, ...issuers] = chain as [Certificate, ...Certificate[]]
  if (!leaf.publicKey.equals(key))
    throw unfit('The first certificate is of another key than the one that signs.')
  chain.forEach((certificate, index) => {
    const issuer = chain[index + 1]
    if (issuer && !(certificate.issuer.equals(issuer.subject) && isIssuedBy(certificate, issuer)))
      throw unfit(
        `Certificate ${index + 2} did not issue the one before it; expected the leaf first, each issued by the next.`,
      )
  })
  try {
    certifiedChain([leaf, ...issuers], { purpose: CODE_SIGNING, at: now })
  } catch (cause) {
    if (cause instanceof PathFault) throw unfit(`It will not verify: ${cause.message}.`, cause)
    throw cause
  }
  const last = issuers.at(-1)
  const kept = last?.subject.equals(last.issuer) ? chain.slice(0, -1) : chain
  return { leaf, certificates: kept.map(({ x509 }) => x509.raw), authority: last?.x509.toString() }
}

/** @throws SluiceError SIGN_TIMESTAMP_FAILED when the certificate was not valid at a timestamp, which is then of no use */
export function requireWithin({ leaf }: SigningChain, { at }: Timestamp, tsaUrl: string): void {
  if (at >= leaf.notBefore && at <= leaf.notAfter) return
  throw new SluiceError(
    'SIGN_TIMESTAMP_FAILED',
    `${host(tsaUrl)} says it is ${at.toISOString()}, when the certificate is not valid.`,
    { remedy: 'Check the clocks of this machine and of the authority at `tsa-url`.', kind: 'surroundings' },
  )
}

function unfit(why: string, cause?: unknown): SluiceError {
  return new SluiceError('SIGN_CERTIFICATE', why, {
    remedy:
      'Name a PEM file with the certificate of the key, for digital signatures and code signing, then its issuers.',
    cause,
  })
}
