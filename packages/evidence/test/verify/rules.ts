import type { EvidenceCode } from '../../src/refusal.js'

/** A test by its file, below `packages/evidence/test` or `actions/verify/test`, and words of its title. */
type Named = readonly [file: string, words: string]

/** What the verifier holds, and the tests that see it hold. */
export interface Rule {
  readonly rule: string
  /** What taught it. */
  readonly because: string
  readonly codes: readonly EvidenceCode[]
  readonly accepts: readonly Named[]
  readonly refuses: readonly Named[]
}

export const RULES: readonly Rule[] = [
  {
    rule: 'no matching evidence is a failure, and so is evidence that says something else',
    because: 'CVE-2025-25204, CVE-2022-35929, CVE-2026-39395',
    codes: ['EVIDENCE_NONE', 'EVIDENCE_PREDICATE_TYPE'],
    accepts: [['signers.test.ts', 'passes when all that was asked for holds']],
    refuses: [
      ['signers.test.ts', "['none', { predicateTypes: ['provenance'] }"],
      ['verify/keyed.test.ts', 'when it says something else'],
      ['store/store.test.ts', 'EVIDENCE_NONE'],
    ],
  },
  {
    rule: 'each of several attestations has to hold where the policy says so',
    because: 'GHSA-r2xv-vpr2-42m9',
    codes: ['EVIDENCE_RUNNER_MISMATCH'],
    accepts: [['signers.test.ts', 'has to be the only one when every one has to hold']],
    refuses: [['signers.test.ts', 'has to be the only one when every one has to hold']],
  },
  {
    rule: 'a log entry is of this signature, payload and key, and of this certificate',
    because: 'CVE-2022-23649, CVE-2022-36056, CVE-2026-22703; @sigstore/verify compares no verifier',
    codes: ['EVIDENCE_LOG_MISMATCH'],
    accepts: [['verify/log-entry.test.ts', 'must name the key that signed']],
    refuses: [
      ['verify/keyless.test.ts', 'when its log entry is of another signature'],
      ['verify/log-entry.test.ts', 'must name the key that signed'],
      ['verify/keyless-certificate.test.ts', 'when another certificate of the same key was put in'],
    ],
  },
  {
    rule: 'an entry is proven to be in a log of the trust root, in its period',
    because: 'a log of version 2 keeps no time, so the library never looks at its period',
    codes: ['EVIDENCE_LOG_INVALID', 'EVIDENCE_LOG_EXPIRED'],
    accepts: [
      ['verify/keyless.test.ts', 'by many, so that proofs in a grown log hold'],
      ['verify/witnesses.test.ts', 'a log counts within its period, whose ends are in it'],
    ],
    refuses: [
      ['verify/keyless.test.ts', 'when the checkpoint is of another log'],
      ['verify/log-entry.test.ts', 'an entry of a kind that is not known is refused'],
      ['verify/witnesses.test.ts', "['version 2', 1, 'EVIDENCE_LOG_EXPIRED']"],
    ],
  },
  {
    rule: 'proofs are demanded by the trust root, not by what version a bundle calls itself',
    because: 'a v0.3 bundle relabelled v0.1 verified without its proof',
    codes: ['EVIDENCE_LOG_MISSING'],
    accepts: [['verify/keyless.test.ts', 'by a timestamp alone, where the trust root names no log']],
    refuses: [
      ['verify/keyless.test.ts', 'when its log entry was left out'],
      ['verify/witnesses.test.ts', 'is refused in a bundle that calls itself'],
    ],
  },
  {
    rule: 'who signed is always compared, as a whole; a star crosses neither a slash nor an at sign',
    because: '@sigstore/verify takes an unanchored expression; GHSA-8gw7-4j42-w388',
    codes: ['EVIDENCE_IDENTITY_MISMATCH', 'EVIDENCE_ISSUER_MISMATCH'],
    accepts: [
      ['verify/identity.test.ts', 'means the workflow'],
      ['signers.test.ts', 'passes when all that was asked for holds'],
    ],
    refuses: [
      ['verify/keyless.test.ts', 'when the expected identity is a prefix of the one that signed'],
      ['verify/keyless.test.ts', 'when the expected identity would match as a pattern'],
      ['verify/keyless.test.ts', 'when another provider vouches'],
      ['verify/identity.test.ts', 'does not mean the workflow'],
      ['verify/own-pki.test.ts', 'when somebody else signed'],
    ],
  },
  {
    rule: 'the run that signed is of the repository, ref, commit, workflow version and runner that were named',
    because: 'a reusable workflow has one identity for all its callers',
    codes: [
      'EVIDENCE_REPOSITORY_MISMATCH',
      'EVIDENCE_REF_MISMATCH',
      'EVIDENCE_COMMIT_MISMATCH',
      'EVIDENCE_WORKFLOW_DIGEST_MISMATCH',
      'EVIDENCE_RUNNER_MISMATCH',
    ],
    accepts: [
      ['verify/source.test.ts', 'counts in a run of the repository that is named'],
      ['signers.test.ts', 'passes when all that was asked for holds'],
    ],
    refuses: [
      ['verify/source.test.ts', 'does not count when no repository is named'],
      ['signers.test.ts', "'ref-mismatch'"],
      ['signers.test.ts', "'commit-mismatch'"],
      ['signers.test.ts', "'workflow-digest-mismatch'"],
      ['signers.test.ts', "'runner-mismatch'"],
    ],
  },
  {
    rule: 'a signature is by the named kind of key, over the envelope’s own type, which is that of statements',
    because: '@sigstore/verify accepted application/vnd.evil+text',
    codes: [
      'EVIDENCE_SIGNATURE_INVALID',
      'EVIDENCE_KEY_KIND',
      'EVIDENCE_PAYLOAD_TYPE',
      'EVIDENCE_STATEMENT_TYPE',
      'EVIDENCE_UNSUPPORTED',
    ],
    accepts: [['verify/keyed.test.ts', 'a statement signed by a %s key verifies']],
    refuses: [
      ['verify/keyed.test.ts', 'when a byte of its payload changed'],
      ['verify/keyed.test.ts', 'when its payload is of another type, though signed so'],
      ['verify/keyed.test.ts', 'when its payload type was replaced by the right one'],
      ['verify/keyed.test.ts', 'when its statement is of another type'],
      ['verify/keyed.test.ts', 'when a certificate signed it and a key is expected'],
      ['verify/keyed.test.ts', 'when it signs no envelope'],
    ],
  },
  {
    rule: 'evidence is about the artifact as recomputed, under its name where that is asked for',
    because: '@sigstore/verify compares no subject; replay under another name',
    codes: ['EVIDENCE_SUBJECT_MISMATCH', 'EVIDENCE_SUBJECT_NAME'],
    accepts: [['signers.test.ts', 'passes when all that was asked for holds']],
    refuses: [
      ['verify/keyed.test.ts', 'when it is about something else'],
      ['signers.test.ts', "'subject-name'"],
    ],
  },
  {
    rule: 'provenance says what its certificate says',
    because: 'a genuinely signed payload can name another builder',
    codes: ['EVIDENCE_PROVENANCE_MISMATCH'],
    accepts: [
      [
        'provenance/provenance.test.ts',
        'verifies when it says what is certified, in a reusable workflow too',
      ],
      ['provenance/provenance.test.ts', 'say the same, with the kind of runner as the builder'],
    ],
    refuses: [
      ['provenance/provenance.test.ts', 'is refused when it names another %s'],
      ['provenance/provenance.test.ts', 'differ when the payload leaves %s out'],
      ['provenance/provenance.test.ts', 'of a build type that is not known'],
    ],
  },
  {
    rule: 'a signer’s certificate is for digital signatures and code signing, and no authority’s',
    because: 'a certificate for servers verified under a private authority',
    codes: ['EVIDENCE_CERTIFICATE_USAGE', 'EVIDENCE_CERTIFICATE'],
    accepts: [['verify/own-pki.test.ts', 'with the authority between']],
    refuses: [
      ['verify/own-pki.test.ts', 'when its signer is for servers'],
      ['verify/own-pki.test.ts', 'when its root allows no authority below it'],
      ['verify/own-pki.test.ts', 'when its signer has a critical extension that is not known'],
      ['verify/own-pki.test.ts', 'when an authority constrains names'],
      ['verify/own-pki.test.ts', 'when it brings its own root'],
      ['verify/keyless-certificate.test.ts', 'when another authority issued its certificate'],
      ['verify/keyless-certificate.test.ts', 'EVIDENCE_CERTIFICATE_USAGE when its certificate'],
    ],
  },
  {
    rule: 'no certificate of the path is weak',
    because: 'NIST SP 800-131A',
    codes: ['EVIDENCE_CERTIFICATE_WEAK'],
    accepts: [['verify/own-pki.test.ts', 'of RSA authorities']],
    refuses: [
      ['verify/own-pki.test.ts', 'when its signer was issued with SHA-1'],
      ['verify/own-pki.test.ts', 'when an authority has 1024 bits'],
      ['verify/keyless-certificate.test.ts', 'when its certificate was issued with SHA-224'],
    ],
  },
  {
    rule: 'a certificate of Fulcio is in a certificate log that the trust root names',
    because: 'an authority that misissues is found out by its log alone',
    codes: ['EVIDENCE_CERTIFICATE_UNLOGGED'],
    accepts: [['verify/keyless.test.ts', 'by the log of version 1 and a timestamp']],
    refuses: [['verify/keyless-certificate.test.ts', 'when its certificate is in no certificate log']],
  },
  {
    rule: 'the whole chain is valid at the trusted time, both ends included',
    because: 'CVE-2026-24122; model_signing took the start of validity for the time',
    codes: ['EVIDENCE_CERTIFICATE_EXPIRED'],
    accepts: [
      ['verify/own-pki.test.ts', 'a signature outlives its certificates'],
      ['verify/own-pki.test.ts', 'at the very ends of their validity, and not a second beyond'],
      ['verify/keyless-certificate.test.ts', 'that starts at the time'],
    ],
    refuses: [
      ['verify/own-pki.test.ts', 'when the authority between has expired'],
      ['verify/keyless-certificate.test.ts', 'had expired by then'],
      ['verify/keyless-certificate.test.ts', 'that starts a second later'],
    ],
  },
  {
    rule: 'a key counts within its period, by a time that somebody else vouches for',
    because: 'sigstore-go GHSA-wqqc-jjcq-vfxm',
    codes: ['EVIDENCE_KEY_EXPIRED'],
    accepts: [['verify/keyed.test.ts', 'that starts with the signature']],
    refuses: [
      ['verify/keyed.test.ts', 'when it signed after'],
      ['verify/keyed.test.ts', 'when nobody is named who vouches for the time'],
    ],
  },
  {
    rule: 'a time counts by a verified promise or timestamp alone; version 2 of the log needs a timestamp',
    because: 'sigstore-js f074710; a missing one was a TypeError',
    codes: ['EVIDENCE_TIMESTAMP_MISSING'],
    accepts: [['verify/witnesses.test.ts', 'the time of a log counts by its signed promise alone']],
    refuses: [
      ['verify/witnesses.test.ts', 'of version 2, with a time made up'],
      ['verify/keyless-certificate.test.ts', 'EVIDENCE_TIMESTAMP_MISSING when it has no timestamp'],
      ['verify/keyed.test.ts', 'when its age matters and is not known'],
      ['verify/own-pki.test.ts', 'when there is none and an authority was named'],
    ],
  },
  {
    rule: 'a timestamp is of this signature, by the authority’s own certificate, for timestamps alone',
    because: 'CVE-2026-39984; @sigstore/verify looks at no usage',
    codes: ['EVIDENCE_TIMESTAMP_INVALID', 'EVIDENCE_TIMESTAMP_USAGE'],
    accepts: [
      ['verify/own-pki.test.ts', 'whose signer comes with it'],
      ['signers.test.ts', 'passes, made by OpenSSL from the root to the timestamp'],
    ],
    refuses: [
      ['verify/own-pki.test.ts', 'of another signature'],
      ['verify/own-pki.test.ts', 'by a certificate that comes with it and is of nobody'],
      ['verify/own-pki.test.ts', 'by a certificate whose purpose is not critical'],
      ['verify/own-pki.test.ts', 'when one of two is not good, whichever comes first'],
      ['verify/keyless.test.ts', 'when its timestamp is of another signature'],
    ],
  },
  {
    rule: 'witnesses of different operators are counted, and none twice',
    because: 'sigstore-js adbe253',
    codes: ['EVIDENCE_LOG_THRESHOLD', 'EVIDENCE_TIMESTAMP_THRESHOLD'],
    accepts: [['verify/witnesses.test.ts', 'witnesses of different operators']],
    refuses: [
      ['verify/witnesses.test.ts', 'two logs of one'],
      ['verify/witnesses.test.ts', 'one entry twice'],
      ['verify/witnesses.test.ts', 'one timestamp twice'],
      ['verify/witnesses.test.ts', 'when the root names no operators, and all are of one host'],
    ],
  },
  {
    rule: 'evidence is as fresh as asked for, and not from the future',
    because: 'replay; slsa-verifier looks at no time',
    codes: ['EVIDENCE_STALE', 'EVIDENCE_FUTURE'],
    accepts: [['verify/keyed.test.ts', 'evidence exactly as old as allowed is accepted']],
    refuses: [
      ['verify/keyed.test.ts', 'when it is too old'],
      ['verify/keyed.test.ts', 'when it is from the future'],
    ],
  },
  {
    rule: 'limits before work, and JSON that two readers read alike',
    because: 'CVE-2023-46737, GHSA-88jx-383q-w4qc, GHSA-cq38-jh5f-37mq',
    codes: ['EVIDENCE_MALFORMED', 'EVIDENCE_TOO_LARGE', 'EVIDENCE_TOO_MANY'],
    accepts: [['hostile/limits.test.ts', 'a bundle is read up to its limits']],
    refuses: [
      ['hostile/limits.test.ts', 'refused beyond before anything else looks at it'],
      ['verify/keyed.test.ts', 'when a member of its payload stands twice'],
      ['verify/keyed.test.ts', 'when it has two signatures'],
      ['store/store.test.ts', 'EVIDENCE_TOO_MANY'],
    ],
  },
  {
    rule: 'an older form of model signatures is read where it is named alone',
    because: 'each further form of message is one more to forge',
    codes: ['EVIDENCE_OUTDATED'],
    accepts: [['oms/compatibility.test.ts', 'verifies when asked for']],
    refuses: [['oms/compatibility.test.ts', 'EVIDENCE_OUTDATED']],
  },
  {
    rule: 'a verification summary that failed, or is of another resource or policy, is none',
    because: 'slsa-verifier checks no other fields',
    codes: ['EVIDENCE_SUMMARY_FAILED', 'EVIDENCE_SUMMARY_RESOURCE', 'EVIDENCE_SUMMARY_POLICY'],
    accepts: [['vsa/vsa.test.ts', 'counts when it passed']],
    refuses: [['vsa/vsa.test.ts', 'that failed']],
  },
  {
    rule: 'what a model was made from has evidence of its own where that is asked for',
    because: 'a base model is as dangerous as what is made from it',
    codes: [
      'EVIDENCE_LINEAGE_NONE',
      'EVIDENCE_LINEAGE_UNNAMED',
      'EVIDENCE_LINEAGE_SIGNATURE',
      'EVIDENCE_LINEAGE_DEPTH',
    ],
    accepts: [['lineage/lineage.test.ts', 'must have evidence by those who are trusted']],
    refuses: [['lineage/lineage.test.ts', 'a circle ends, and a chain without end is a fault']],
  },
  {
    rule: 'every changed, missing and further file is a failure, whatever the signature says it ignored',
    because: 'OMS section 8.5, section 6.3.2; MT#647',
    codes: [],
    accepts: [['hash/tree.test.ts', 'is unchanged as long as nothing changes']],
    refuses: [
      ['verify.test.ts', 'fails file by file when %s'],
      ['hash/tree.test.ts', 'an empty file added to a model signed in shards is seen'],
      ['hash/tree.test.ts', 'a directory is refused'],
      ['model.test.ts', 'is not left out by the verifier for that'],
    ],
  },
  {
    rule: 'a malformed trust root is refused',
    because: '@sigstore/verify takes a missing start for time 0',
    codes: [],
    accepts: [['verify/trust-root.test.ts', 'a trust root is read']],
    refuses: [
      ['verify/trust-root.test.ts', 'that has no start, is no time or ends before it starts'],
      ['verify/trust-root.test.ts', 'that names a log twice'],
      ['verify/trust-root.test.ts', 'that names nobody'],
      ['verify/trust-root.test.ts', 'whose certificate authority is a signer'],
    ],
  },
  {
    rule: 'what a registry says of a referrer is not believed',
    because: 'cosign#4708, kyverno#16678',
    codes: [],
    accepts: [['store/referrers.test.ts', 'evidence is found']],
    refuses: [['store/referrers.test.ts', 'about what a referrer is is not believed']],
  },
]
