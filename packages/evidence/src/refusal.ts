import { SluiceError } from '@sluice/errors'

/** Every rule that evidence can break, and what to do about it. */
const REMEDIES = {
  EVIDENCE_NONE:
    'Run the step that makes this evidence and sign what it wrote, or name the store that holds it.',
  EVIDENCE_MALFORMED: 'Sign again; a bundle is never repaired by hand.',
  EVIDENCE_TOO_LARGE: 'Split what is signed, or remove what does not belong into the store.',
  EVIDENCE_TOO_MANY: 'Remove the referrers or files that do not belong to this subject.',
  EVIDENCE_UNSUPPORTED: 'Sign as an in-toto Statement in a DSSE envelope in a Sigstore bundle v0.3.',
  EVIDENCE_OUTDATED:
    'Sign the model again with a current tool; until then, set `compatibility: model-signing-0.2`.',
  EVIDENCE_PAYLOAD_TYPE: 'Sign an in-toto Statement, with payload type application/vnd.in-toto+json.',
  EVIDENCE_STATEMENT_TYPE: 'Sign a Statement of type https://in-toto.io/Statement/v1.',
  EVIDENCE_PREDICATE_TYPE: 'Name the predicate type that is wanted, or sign the right statement.',
  EVIDENCE_SIGNATURE_INVALID:
    'Do not use this subject; find out who changed it, and sign again from its source.',
  EVIDENCE_KEY_KIND:
    'Name a key for bundles signed by key, an identity and issuer for keyless ones, with a certificate authority for those of an own PKI.',
  EVIDENCE_SUBJECT_MISMATCH: 'Verify the artifact that was signed, or sign this one.',
  EVIDENCE_IDENTITY_MISMATCH: 'Name the identity that is to sign, in full, or a pattern that means it.',
  EVIDENCE_ISSUER_MISMATCH: 'Name the issuer of the identity, in full; it is compared exactly.',
  EVIDENCE_REPOSITORY_MISMATCH:
    'Name the repository whose runs may sign, as a URL; for a reusable workflow it must be named.',
  EVIDENCE_REF_MISMATCH: 'Name the ref whose runs may sign, in full, such as refs/heads/main.',
  EVIDENCE_CERTIFICATE: 'Sign with a certificate for code signing by an authority of the trust root.',
  EVIDENCE_KEY_EXPIRED: 'Sign by the key that counts now, or name the period in which this one did.',
  EVIDENCE_CERTIFICATE_USAGE:
    'Sign with a certificate for digital signatures and code signing, issued by authorities that may.',
  EVIDENCE_CERTIFICATE_EXPIRED:
    'Sign while every certificate of the chain is valid, with a timestamp that outlives them.',
  EVIDENCE_CERTIFICATE_WEAK:
    'Have certificates issued with SHA-256 or better, over EC keys, Ed25519, or RSA keys of 2048 bits or more.',
  EVIDENCE_CERTIFICATE_UNLOGGED: 'Sign with a certificate that is in a certificate log of the trust root.',
  EVIDENCE_COMMIT_MISMATCH: 'Name the commit whose runs may sign, in full.',
  EVIDENCE_WORKFLOW_DIGEST_MISMATCH: 'Name the commit of the workflow that may sign, in full.',
  EVIDENCE_RUNNER_MISMATCH: 'Sign on a runner that GitHub hosts, or accept others.',
  EVIDENCE_SUBJECT_NAME: 'Verify under the name that was signed, or sign under this one.',
  EVIDENCE_LOG_EXPIRED: 'Use the trust root whose log was active when it was signed, or sign again.',
  EVIDENCE_LOG_THRESHOLD: 'Have the signature logged by as many operators as the policy asks for.',
  EVIDENCE_TIMESTAMP_THRESHOLD: 'Have the signature stamped by as many operators as the policy asks for.',
  EVIDENCE_LOG_MISSING: 'Sign with the transparency log of the trust root, which proves inclusion.',
  EVIDENCE_LOG_INVALID: 'Sign again; the entry is not one that the log of the trust root vouches for.',
  EVIDENCE_LOG_MISMATCH: 'Sign again; the entry is about another signature, payload or key.',
  EVIDENCE_TIMESTAMP_MISSING:
    'Sign with a timestamp authority or a log, or let the statement carry its time.',
  EVIDENCE_TIMESTAMP_INVALID: 'Use the trust root that holds the timestamp authority.',
  EVIDENCE_TIMESTAMP_USAGE:
    'Use a timestamp authority whose certificate is for timestamps alone, marked critical (RFC 3161).',
  EVIDENCE_STALE: 'Run the check again and sign its new result.',
  EVIDENCE_FUTURE: 'Set the clock of the machine that signed or of this one.',
  EVIDENCE_LINEAGE_NONE:
    'Declare what it was made from in `signing.dependencies` and sign again, or do not ask for the role.',
  EVIDENCE_LINEAGE_UNNAMED: 'Declare it by `path`, by `artifact` or with `digest: sha256:…`, and sign again.',
  EVIDENCE_LINEAGE_SIGNATURE:
    'Name the store that holds that signature, or build again on what is signed now.',
  EVIDENCE_LINEAGE_DEPTH: 'Verify an ancestor by itself, and trust its verification summary.',
  EVIDENCE_PROVENANCE_MISMATCH: 'Make the provenance in the run that signs it.',
  EVIDENCE_SUMMARY_FAILED: 'Mend what the verification found, verify again, and sign the new summary.',
  EVIDENCE_SUMMARY_RESOURCE: 'Use the subject from where it was verified, or verify it where it is now.',
  EVIDENCE_SUMMARY_POLICY:
    'Verify by the policy that is wanted, or name the digest of the one that was used.',
} as const

export type EvidenceCode = keyof typeof REMEDIES

export const EVIDENCE_CODES = Object.keys(REMEDIES) as readonly EvidenceCode[]

/** Messages quote what was found, and nobody reads more of it. */
const MESSAGE_LIMIT = 1500

/** A decision against evidence; ends in exit code 1. `message` says what was found and what was expected. */
export function refusal(code: EvidenceCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message.slice(0, MESSAGE_LIMIT), {
    remedy: REMEDIES[code],
    kind: 'refused',
    cause,
  })
}
