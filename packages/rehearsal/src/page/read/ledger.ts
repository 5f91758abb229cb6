import * as v from 'valibot'
import type { LedgerEntry, LedgerView, Rollout } from '../data.js'
import { count, maybe, named, parse, present, type Read, subjectText, text, time } from './read.js'
import { type Replay, readRollout } from './rollout.js'

const record = v.object({
  kind: text,
  subject: named,
  digest: text,
  signer: text,
  predicate: v.looseObject({
    sequence: count,
    previousRecord: maybe(text),
    serving: maybe(named),
    createdAt: time,
    run: maybe(v.object({ run: maybe(text), actor: maybe(text) })),
    evidence: v.optional(v.array(v.object({ requirement: text, bundle: text, signer: text })), []),
    outcome: maybe(text),
    reason: maybe(text),
  }),
})
const schema = v.object({
  environment: text,
  at: time,
  serving: maybe(named),
  since: maybe(record),
  records: v.array(record),
})

/** A ledger's records, and the rollouts among them. */
export interface ReadLedger {
  readonly view: LedgerView
  readonly rollouts: readonly Read<Rollout>[]
}

/**
 * What `sluice ledger <environment> --format json` says.
 * @param verified whether the caller verified chain and signatures itself
 */
export function readLedgerView(value: unknown, verified: boolean, replay: Replay): Read<ReadLedger> {
  return parse(schema, value, ({ environment, at, serving, since, records }) => ({
    view: {
      environment,
      at,
      verified,
      ...(serving && since
        ? {
            serving: {
              subject: subjectText(serving),
              since: since.predicate.createdAt,
              signer: since.signer,
            },
          }
        : {}),
      records: records.map(entryOf),
    },
    rollouts: records
      .filter(({ kind }) => kind === 'rollout')
      .map(({ predicate, subject }) => readRollout(predicate, subjectText(subject), replay)),
  }))
}

function entryOf({ kind, subject, digest, signer, predicate }: v.InferOutput<typeof record>): LedgerEntry {
  const { sequence, previousRecord, serving, createdAt, run, evidence, outcome, reason } = predicate
  const entry = present({ remark: outcome ?? reason, run: run?.run, actor: run?.actor })
  return {
    kind,
    subject: subjectText(subject),
    digest,
    signer,
    sequence,
    createdAt,
    previous: previousRecord ?? null,
    serving: serving ? subjectText(serving) : null,
    evidence,
    ...(entry as Pick<LedgerEntry, 'remark' | 'run' | 'actor'>),
  }
}
