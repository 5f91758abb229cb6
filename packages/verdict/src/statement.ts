import { PROJECT } from './project.js'
import type { Verdict } from './verdict.js'

/** Digests by algorithm, lower-case hex (in-toto DigestSet). */
export type DigestSet = Readonly<Record<string, string>>

/** in-toto ResourceDescriptor v1, the members that Sluice writes. */
export interface ResourceDescriptor {
  readonly name?: string
  readonly uri?: string
  readonly digest?: DigestSet
  readonly mediaType?: string
  readonly annotations?: Readonly<Record<string, unknown>>
}

/** in-toto Statement v1 (in-toto/attestation spec/v1/statement.md). */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1'
  readonly subject: readonly { readonly name: string; readonly digest: DigestSet }[]
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
}

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
export const TEST_RESULT_TYPE = 'https://in-toto.io/attestation/test-result/v0.1'

/** What a gate's evidence is about, as users write it: `name@sha256:<64 hex digits>`. */
export interface Subject {
  readonly name: string
  /** `sha256:<hex>` */
  readonly digest: string
}

const RESULT: Record<Verdict, 'PASSED' | 'WARNED' | 'FAILED'> = {
  pass: 'PASSED',
  warn: 'WARNED',
  fail: 'FAILED',
  // The predicate knows no fourth value, and what was not decided must not pass.
  inconclusive: 'FAILED',
}

/**
 * A test-result v0.1 statement (in-toto/attestation spec/predicates/test-result.md).
 * `configuration` must let a reader rerun the check; the exact verdict stands in its first entry's
 * annotations, since the predicate has no word for `inconclusive`.
 */
export function testResultStatement(
  subject: Subject,
  parts: {
    readonly check: string
    readonly verdict: Verdict
    readonly configuration: readonly ResourceDescriptor[]
    readonly passed?: readonly string[]
    readonly warned?: readonly string[]
    readonly failed?: readonly string[]
  },
): Statement {
  const own = { name: `sluice/${parts.check}`, annotations: { verdict: parts.verdict } }
  return statement(subject, TEST_RESULT_TYPE, {
    result: RESULT[parts.verdict],
    configuration: [own, ...parts.configuration],
    passedTests: parts.passed ?? [],
    warnedTests: parts.warned ?? [],
    failedTests: parts.failed ?? [],
  })
}

/** A Statement v1 with one subject. */
export function statement(
  subject: Subject,
  predicateType: string,
  predicate: Readonly<Record<string, unknown>>,
): Statement {
  const [algorithm, hex] = subject.digest.split(':') as [string, string]
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: subject.name, digest: { [algorithm]: hex } }],
    predicateType,
    predicate,
  }
}

/** When a check ended, and where. */
export interface Occasion {
  /** RFC 3339, UTC. */
  readonly finishedAt: string
  /** Of the workflow run, from 1; absent on a person's machine. */
  readonly attempt?: number
}

/**
 * A statement that says when its check ended, so that an old file which is signed late does not look fresh, and in
 * which attempt of the run, so that running again until it is green shows. Test results carry both among the
 * annotations of the check's own entry, for their members are fixed; Sluice's own types as members; others have members
 * of their own and are left as they are.
 */
export function withOccasion(made: Statement, occasion: Occasion): Statement {
  const { predicate, predicateType } = made
  if (predicateType.startsWith(`${PROJECT.predicates}/`)) {
    return 'finishedAt' in predicate ? made : { ...made, predicate: { ...predicate, ...occasion } }
  }
  const { configuration } = predicate as { configuration?: readonly ResourceDescriptor[] }
  const [own, ...others] = configuration ?? []
  if (predicateType !== TEST_RESULT_TYPE || own === undefined) return made
  const timed = { ...own, annotations: { ...own.annotations, ...occasion } }
  return { ...made, predicate: { ...predicate, configuration: [timed, ...others] } }
}
