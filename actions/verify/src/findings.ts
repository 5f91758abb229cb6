import type { SluiceError } from '@sluice/errors'
import type { ByteRange, ModelDifference, ModelManifest } from '@sluice/evidence'
import { type Finding, fingerprint } from '@sluice/verdict'

/** More findings of changed files than a person reads; the rest is counted. */
const FILE_LIMIT = 100
/** Of one file, more ranges than a person reads; of a list, more names. */
const SHOWN = 10

/** A refusal as a finding; its rule follows from its code: EVIDENCE_STALE is `verify/stale`. */
export function refusalFinding(error: SluiceError, about: string, wanted: string): Finding {
  const rule = error.code
    .replace(/^EVIDENCE_/, '')
    .toLowerCase()
    .replaceAll('_', '-')
  return {
    rule: `verify/${rule}`,
    // What could not be told from here was not decided.
    level: error.kind === 'refused' || error.kind === 'usage' ? 'error' : 'unknown',
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

/**
 * One finding for each file that differs from the signed manifest.
 * @param folder where the files lie in the workspace; undefined in a registry
 */
export function differenceFindings(
  difference: ModelDifference,
  name: string,
  folder: string | undefined,
  manifest: ModelManifest,
): Finding[] {
  const uncovered = new Set(difference.uncovered)
  const findings = KINDS.flatMap(([kind, rule, what]) =>
    difference[kind].map((path) => ({
      rule,
      level: 'error' as const,
      message: `${path === '.' ? name : path} ${what}${rangesText(difference.ranges.get(path))}.`,
      ...(kind === 'missing' || path === '.' || folder === undefined
        ? {}
        : { location: { file: `${folder}/${path}` } }),
      fingerprint: fingerprint(rule, name, path),
      remedy: kind === 'extra' ? extraRemedy(path, manifest, uncovered) : RESTORE,
    })),
  )
  if (findings.length <= FILE_LIMIT) return findings
  return [
    ...findings.slice(0, FILE_LIMIT),
    {
      rule: 'verify/more-files',
      level: 'error',
      message: `${findings.length - FILE_LIMIT} more files differ.`,
      fingerprint: fingerprint('verify/more-files', name),
    },
  ]
}

const RESTORE = 'Restore the file as it was signed, or sign the model as it is now.'

function extraRemedy(path: string, { ignored }: ModelManifest, uncovered: ReadonlySet<string>): string {
  if (uncovered.has(path))
    return 'The file is empty, and the signature, in shards, does not say which were. Remove it, or sign whole files.'
  // A path that model_signing for Go wrote is relative to where it ran, so it may only end in ours.
  const left = ignored.some(
    (entry) =>
      covers(entry, path) ||
      path.split('/').some((_, at, parts) => entry.endsWith(`/${parts.slice(0, at + 1).join('/')}`)),
  )
  return left
    ? 'The signer left the file out, so nobody vouches for it. Remove it, or name it in `ignore` if it may be there unsigned.'
    : 'Remove the file, or sign the model as it is now.'
}

/** Whether `path` is an entry of a list of ignored paths, or lies below it. */
function covers(entry: string, path: string): boolean {
  return path === entry || path.startsWith(`${entry}/`)
}

/** Unsigned files that were let be. */
export function unsignedFinding(paths: readonly string[], name: string): Finding {
  return {
    rule: 'verify/unsigned-ignored',
    level: 'warning',
    message: `${count(paths.length, 'file')} of ${name} ${paths.length === 1 ? 'is' : 'are'} not signed, and let be: ${listed(paths)}.`,
    fingerprint: fingerprint('verify/unsigned-ignored', name, ...paths),
    remedy:
      'See that nothing loads them, or sign the model as it is now and leave `ignore-unsigned-files` out.',
  }
}

/** Files in ignored paths that something may run or load. */
export function loadableFinding(paths: readonly string[], more: boolean, name: string): Finding {
  return {
    rule: 'verify/ignored-loadable',
    level: 'warning',
    message: more
      ? `The ignored paths of ${name} hold more files than are looked at${paths.length === 0 ? '' : `, and what can be run or loaded: ${listed(paths)}`}.`
      : `The ignored paths of ${name} hold what can be run or loaded, unsigned: ${listed(paths)}.`,
    fingerprint: fingerprint('verify/ignored-loadable', name, ...paths),
    remedy: 'Move it out of the model, or have it signed: take its path out of `ignore`.',
  }
}

function rangesText(ranges: readonly ByteRange[] | undefined): string {
  if (ranges === undefined) return ''
  const texts = ranges.slice(0, SHOWN).map(({ start, end }) => `${start} to ${end}`)
  const more = ranges.length > SHOWN ? ` and ${ranges.length - SHOWN} more ranges` : ''
  return `, in bytes ${texts.join(', ')}${more}`
}

function listed(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : ''
  return `${paths.slice(0, SHOWN).join(', ')}${more}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
