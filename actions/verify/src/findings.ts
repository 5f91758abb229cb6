import type { SluiceError } from '@sluice/errors'
import type { ModelDifference } from '@sluice/evidence'
import { type Finding, fingerprint } from '@sluice/verdict'

/** More findings of changed files than a person reads; the rest is counted. */
const FILE_LIMIT = 100

/** A refusal as a finding; its rule follows from its code: EVIDENCE_STALE is `verify/stale`. */
export function refusalFinding(error: SluiceError, about: string, wanted: string): Finding {
  const rule = error.code
    .replace(/^EVIDENCE_/, '')
    .toLowerCase()
    .replaceAll('_', '-')
  return {
    rule: `verify/${rule}`,
    level: 'error',
    message: `${about}: ${error.message}`,
    fingerprint: fingerprint('verify', rule, about, wanted),
    remedy: error.remedy,
  }
}

const KINDS = [
  ['changed', 'verify/file-changed', 'has other bytes than were signed'],
  ['missing', 'verify/file-missing', 'was signed and is not there'],
  ['extra', 'verify/file-extra', 'is there and was not signed'],
] as const

/** One finding for each file that differs from the signed manifest. */
export function differenceFindings(difference: ModelDifference, folder: string): Finding[] {
  const findings = KINDS.flatMap(([kind, rule, what]) =>
    difference[kind].map((path) => ({
      rule,
      level: 'error' as const,
      message: `${path === '.' ? folder : path} ${what}.`,
      ...(kind === 'missing' || path === '.' ? {} : { location: { file: `${folder}/${path}` } }),
      fingerprint: fingerprint(rule, folder, path),
      remedy: 'Restore the file as it was signed, or sign the directory as it is now.',
    })),
  )
  if (findings.length <= FILE_LIMIT) return findings
  return [
    ...findings.slice(0, FILE_LIMIT),
    {
      rule: 'verify/more-files',
      level: 'error',
      message: `${findings.length - FILE_LIMIT} more files differ.`,
      fingerprint: fingerprint('verify/more-files', folder),
    },
  ]
}
