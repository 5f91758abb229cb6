import { gapsIn, type StoredBundle } from '@sluice/evidence'
import { type Finding, type Result, resultOf, type Section, type Statement } from '@sluice/verdict'
import type { Held } from './evidence.js'

/** What was examined, and what came of it. */
export interface Outcome {
  readonly kind: 'artifact' | 'tree' | 'files'
  readonly name: string
  /** Each by its name and `sha256:<hex>`; none when it could not be read. */
  readonly subjects: readonly { readonly name: string; readonly digest: string }[]
  /** All that was looked at, held or not. */
  readonly candidates: readonly StoredBundle[]
  /** `sha256:<hex>`; empty for several files. */
  readonly digest: string
  readonly findings: readonly Finding[]
  readonly held: readonly Held[]
  /** What else a reader should see. */
  readonly sections?: readonly Section[]
}

/** The result of a run: decided by its findings. `policy` is the SHA-256 of what was asked for, lower-case hex. */
export function report(
  { name, digest, subjects, findings, held, sections = [] }: Outcome,
  policy: string,
  statements: readonly Statement[],
): Result {
  const first = findings.find(({ level }) => level === 'error' || level === 'unknown')
  const signers = [...new Set(held.map(signerOf))].join(' and ')
  const warned = findings.map(({ message }) => ` ${message}`).join('')
  const are = subjects.length > 1 ? 'are' : 'is'
  const more = findings.length > 1 ? ` ${findings.length - 1} more.` : ''
  return resultOf({
    headline:
      first === undefined
        ? `${name} ${are} what was signed by ${signers}.${warned}`
        : `${first.message}${more}`,
    findings,
    sections: [overview(held), ...sections, ...(first === undefined ? [leftOpen(held)] : [])],
    statements,
    outputs: {
      digest,
      verified: String(held.length),
      evidence: held.map(({ bundleDigest }) => bundleDigest).join('\n'),
      'policy-digest': `sha256:${policy}`,
    },
  })
}

function signerOf({ signer }: Held): string {
  return signer.kind === 'key' ? `key ${signer.keyHint.slice(0, 16)}` : signer.identity
}

/** What holds all the same if an attacker changes it; `sluice explain` says more. */
function leftOpen(held: readonly Held[]): Section {
  return {
    kind: 'table',
    title: 'What this does not prove',
    columns: ['Left open', 'What closes it'],
    rows: gapsIn(held).map(({ message, remedy }) => [message, remedy]),
  }
}

const VOUCHERS = { claim: 'the signer', log: 'the log', timestamp: 'a timestamp authority', none: '' }

function overview(held: readonly Held[]): Section {
  return {
    kind: 'table',
    title: 'Verified evidence',
    columns: ['Says', 'Signed by', 'At', 'On the word of', 'Stored at'],
    rows: held.map((evidence) => [
      evidence.statement.predicateType,
      signerOf(evidence),
      evidence.signedAt ?? 'unknown',
      VOUCHERS[evidence.timeSource],
      evidence.location,
    ]),
  }
}
