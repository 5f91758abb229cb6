import { predicateType, type Statement, statement } from '@sluice/verdict'
import * as v from 'valibot'

export const RECORD_KINDS = ['promotion', 'rollout', 'rollback'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** Predicate types of the records, see docs/predicates/. */
export const RECORD_TYPES: Readonly<Record<RecordKind, string>> = {
  promotion: predicateType('promotion'),
  rollout: predicateType('rollout'),
  rollback: predicateType('rollback'),
}

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const time = v.pipe(v.string(), v.isoTimestamp())
const subject = v.object({ name: v.pipe(v.string(), v.maxLength(1024)), digest })

/** What every record says, whatever its kind. Unknown members are left alone: they are the kind's own. */
const common = v.looseObject({
  environment: v.pipe(v.string(), v.maxLength(64)),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
  previousRecord: v.nullable(digest),
  previousSubject: v.nullable(subject),
  serving: v.nullable(subject),
  createdAt: time,
  run: v.record(v.string(), v.string()),
  evidence: v.array(
    v.looseObject({
      requirement: v.string(),
      predicateType: v.string(),
      bundle: digest,
      signer: v.string(),
      signedAt: v.optional(time),
    }),
  ),
})

export type RecordSubject = v.InferOutput<typeof subject>

/** The predicate of a record. */
export type RecordPredicate = v.InferOutput<typeof common>

/** A record of the ledger as its statement has it. */
export interface LedgerRecord {
  readonly kind: RecordKind
  readonly subject: RecordSubject
  readonly predicate: RecordPredicate
}

/** The statement of a record; its subject is what the record is about. */
export function recordStatement({ kind, subject, predicate }: LedgerRecord): Statement {
  return statement(subject, RECORD_TYPES[kind], predicate)
}

/** The record in a statement, or why there is none. */
export function readRecord(statement: Statement): LedgerRecord | { readonly because: string } {
  const kind = RECORD_KINDS.find((kind) => RECORD_TYPES[kind] === statement.predicateType)
  if (kind === undefined) return { because: `its predicate type is ${statement.predicateType.slice(0, 200)}` }
  const parsed = v.safeParse(common, statement.predicate)
  if (!parsed.success) {
    const [issue] = parsed.issues
    return { because: `its predicate is wrong at \`${v.getDotPath(issue) ?? ''}\`` }
  }
  const [about, ...others] = statement.subject
  const hex = about?.digest['sha256']
  if (about === undefined || hex === undefined || others.length > 0)
    return { because: 'it is not about one digest' }
  return { kind, subject: { name: about.name, digest: `sha256:${hex}` }, predicate: parsed.output }
}
