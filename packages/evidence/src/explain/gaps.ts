import { type Finding, fingerprint } from '@sluice/verdict'
import { member } from '../member.js'
import { LOCAL_BUILD_TYPE, PROVENANCE_TYPE } from '../provenance/types.js'
import type { VerifiedEvidence } from '../verify/verifier.js'
import { ingredientsOf, labelOf, resultOfGate } from './said.js'

/** Something that evidence leaves open, and what would close it. */
export interface Gap {
  /** Kebab-case, without prefix. */
  readonly rule: string
  readonly message: string
  readonly remedy: string
}

/** Evidence that held; `logged` says whether it is in a transparency log, which is not judged when left out. */
export type Believed = VerifiedEvidence & { readonly logged?: boolean }

/** More names than a person reads; the rest is counted. */
const NAMES = 10

/**
 * What verified evidence does not prove: what an attacker could still change without any of it ceasing to hold. Pure.
 */
export function gapsIn(held: readonly Believed[]): Gap[] {
  const provenance = held.filter(({ statement }) => statement.predicateType === PROVENANCE_TYPE)
  return [
    ...(provenance.length === 0 ? [NO_PROVENANCE] : provenance.flatMap(provenanceGaps)),
    ...signatureGaps(held),
    ...gateGaps(held),
  ].filter(
    ({ rule, message }, index, all) =>
      all.findIndex((gap) => gap.rule === rule && gap.message === message) === index,
  )
}

const NO_PROVENANCE: Gap = {
  rule: 'no-provenance',
  message: 'Nothing verified says how it was made: whoever may sign could have signed anything.',
  remedy: 'Sign provenance in the workflow that builds (`sign`, predicates: provenance), and ask for it.',
}

function provenanceGaps({ statement, signer }: VerifiedEvidence): Gap[] {
  const { predicate } = statement
  const gaps: Gap[] = []
  if (member(predicate, 'buildDefinition.buildType') === LOCAL_BUILD_TYPE) {
    gaps.push({
      rule: 'local-build',
      message: 'The provenance is of a machine that nobody attests: what ran there is unknown.',
      remedy: 'Build and sign in a workflow.',
    })
  } else if (signer.kind !== 'identity') {
    gaps.push({
      rule: 'provenance-unbound',
      message: `The provenance is signed by a ${signer.kind}, which certifies no run: whoever holds the key could have named another repository, commit or workflow.`,
      remedy: 'Sign keyless in the workflow; its certificate is held against each member.',
    })
  }
  if (member(predicate, 'buildDefinition.internalParameters.github.runner_environment') === 'self-hosted') {
    gaps.push({
      rule: 'self-hosted-runner',
      message:
        'It was built on a self-hosted runner: who runs that machine, or an earlier job on it, could have changed the build.',
      remedy:
        'Build on a runner that GitHub hosts, or one that lives for one job; ask for it with `runner: hosted`.',
    })
  }
  const declared = ingredientsOf(statement).filter(({ checked }) => checked === 'declared')
  if (declared.length > 0) {
    gaps.push({
      rule: 'declared-dependency',
      message: `Nobody looked at what is said to have gone in: ${names(declared.map(({ name }) => name))}.`,
      remedy: 'Declare it in `signing.dependencies` by a path or an artifact, which is read when signing.',
    })
  }
  return gaps
}

function signatureGaps(held: readonly Believed[]): Gap[] {
  const labels = (some: readonly Believed[]) => names(some.map(({ statement }) => labelOf(statement)))
  const undated = held.filter(({ timeSource }) => timeSource === 'claim' || timeSource === 'none')
  const unlogged = held.filter(({ logged }) => logged === false)
  const movable = held.flatMap(({ signer }) =>
    signer.kind === 'identity' && /@refs\/heads\//.test(signer.identity) ? [signer.identity] : [],
  )
  const gaps: Gap[] = []
  if (undated.length > 0) {
    gaps.push({
      rule: 'no-trusted-time',
      message: `Nobody but the signer says when it was signed: ${labels(undated)}. A stolen key signs as of any day.`,
      remedy:
        'Sign with `tsa-url`, and verify with the `trusted-root` or `timestamp-authority` that names it.',
    })
  }
  if (unlogged.length > 0) {
    gaps.push({
      rule: 'not-logged',
      message: `In no transparency log: ${labels(unlogged)}. A signature that was never meant would not be noticed.`,
      remedy: 'Sign with `rekor-url`, and watch the log for your identities.',
    })
  }
  if (movable.length > 0) {
    gaps.push({
      rule: 'movable-workflow',
      message: `The signer is whatever its branch holds: ${names([...new Set(movable)])}. Whoever may push there may change what is signed.`,
      remedy: 'Protect the branch by reviews, or call a reusable workflow by its commit and ask for that.',
    })
  }
  return gaps
}

function gateGaps(held: readonly VerifiedEvidence[]): Gap[] {
  const gates = held.flatMap(({ statement }) => {
    const result = resultOfGate(statement)
    return result === undefined ? [] : [{ label: labelOf(statement), result }]
  })
  const failed = gates.filter(({ result }) => !['pass', 'passed'].includes(result))
  if (gates.length === 0) {
    return [
      {
        rule: 'no-gates',
        message:
          'Nothing verified says that it was tested, scanned or evaluated: a signature says who, not how good.',
        remedy: 'Pass the statements of the gates to `sign`, and ask for them.',
      },
    ]
  }
  if (failed.length === 0) return []
  return [
    {
      rule: 'gate-not-passed',
      message: `Not all that was examined passed: ${names(failed.map(({ label, result }) => `${label}: ${result}`))}.`,
      remedy: 'Look at what it found; a promotion policy refuses a result that did not pass.',
    },
  ]
}

/** Gaps as findings that change no verdict. */
export function gapFindings(gaps: readonly Gap[], subject: string): Finding[] {
  return gaps.map(({ rule, message, remedy }) => ({
    rule: `explain/${rule}`,
    level: 'note',
    message,
    remedy,
    fingerprint: fingerprint(`explain/${rule}`, subject, message),
  }))
}

/** The first names, in quotes, and how many more there are. */
export function names(all: readonly string[]): string {
  const more = all.length > NAMES ? ` and ${all.length - NAMES} more` : ''
  return `${all.slice(0, NAMES).map(shown).join(', ')}${more}`
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
