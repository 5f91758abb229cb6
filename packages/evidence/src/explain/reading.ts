import { isSluiceError } from '@sluice/errors'
import type { Statement } from '@sluice/verdict'
import { type ParsedBundle, parseBundle } from '../bundle/bundle.js'
import { parseStatement } from '../bundle/statement.js'
import { OMS_TYPE, readModelManifest } from '../oms/manifest.js'
import { refusal } from '../refusal.js'
import type { StoredBundle } from '../store/store.js'
import { readCertified } from '../verify/certificate.js'
import type { TrustRoot } from '../verify/trust-root.js'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '../verify/verifier.js'

/** Fulcio's extension for the repository whose run signed (oid-info.md). */
const REPOSITORY = 12

/**
 * How far a bundle was believed: by the signer that was named; as genuine by the trust root, though nobody said that
 * this signer counts; not at all, since there is nothing to hold it against; or refused.
 */
export type Reading = {
  readonly location: string
  /** `sha256:<hex>` */
  readonly digest: string
  /** That it holds an entry of a transparency log; verified where the trust root names one. */
  readonly logged: boolean
} & (
  | {
      readonly standing: 'trusted' | 'genuine'
      readonly evidence: VerifiedEvidence
      readonly statement: Statement
    }
  | { readonly standing: 'unchecked'; readonly because: string; readonly statement: Statement }
  | {
      readonly standing: 'refused'
      readonly code: string
      readonly because: string
      readonly statement?: Statement
    }
)

/** Whose signatures count, and by which root others may at least be genuine. */
export interface Trust {
  readonly signedBy?: SignedBy
  readonly trustRoot?: TrustRoot
  readonly now: Date
}

/** Reads a bundle as far as it can be believed. Never throws on what is in it. */
export async function readEvidence(stored: StoredBundle, trust: Trust): Promise<Reading> {
  const { location, digest, bytes } = stored
  let parsed: ParsedBundle | undefined
  let statement: Statement | undefined
  try {
    parsed = parseBundle(bytes)
    statement = parseStatement(parsed.payload)
    const logged = (parsed.json.verificationMaterial.tlogEntries ?? []).length > 0
    const common = { location, digest, logged }
    if (trust.signedBy !== undefined) {
      const evidence = await verifySignature(bytes, trust.signedBy, trust.now)
      return { ...common, standing: 'trusted', evidence, statement: evidence.statement }
    }
    const own = await ownSigner(parsed, trust.trustRoot)
    if (typeof own === 'string') {
      // Who signed cannot be told; that a manifest contradicts itself can.
      if (statement.predicateType === OMS_TYPE) readModelManifest(statement)
      return { ...common, standing: 'unchecked', because: own, statement }
    }
    const evidence = await verifySignature(bytes, own, trust.now)
    return { ...common, standing: 'genuine', evidence, statement: evidence.statement }
  } catch (error) {
    if (!isSluiceError(error)) throw error
    const about = statement === undefined ? {} : { statement }
    return {
      location,
      digest,
      logged: false,
      standing: 'refused',
      code: error.code,
      because: error.message,
      ...about,
    }
  }
}

/** The signer that a certificate names, to be held against itself: whether it is genuine, not whether it counts. */
async function ownSigner(bundle: ParsedBundle, trustRoot: TrustRoot | undefined): Promise<SignedBy | string> {
  const { certificate, publicKey } = bundle.json.verificationMaterial
  if (publicKey !== undefined) return 'signed by a key, and no key was named'
  if (certificate === undefined) return 'signed by an own authority, and no authority was named'
  if (trustRoot === undefined) return 'signed by a certificate, and no trust root was named'
  const der = Buffer.from(certificate.rawBytes, 'base64')
  const { identity, issuer, extensions } = await readCertified(der).catch((cause: unknown) => {
    if (isSluiceError(cause)) throw cause
    throw refusal('EVIDENCE_MALFORMED', 'The certificate of the bundle cannot be read.', cause)
  })
  const repository = extensions.get(REPOSITORY)
  return { identity, issuer, trustRoot, ...(repository === undefined ? {} : { repository }) }
}
