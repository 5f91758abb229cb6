import { predicateType } from '@sluice/verdict'
import * as v from 'valibot'
import type { Evaluation } from '../data.js'
import { count, parse, type Read, real, text, verdict } from './read.js'

export const EVALUATION = predicateType('evaluation')

const estimate = v.object({
  value: real,
  low: real,
  high: real,
  level: real,
  threshold: real,
  method: text,
  adjusted: real,
})
const one = v.object({
  where: v.variant('kind', [
    v.object({ kind: v.literal('all') }),
    v.object({ kind: v.literal('slice'), column: text, value: text }),
    v.object({ kind: v.literal('small'), column: text, values: count, minRows: count }),
    v.object({ kind: v.literal('found'), condition: text }),
    v.object({ kind: v.literal('half') }),
  ]),
  rows: v.optional(count),
  candidate: v.optional(real),
  champion: v.optional(real),
  state: v.picklist(['good', 'bad', 'undecided']),
  because: v.optional(text),
  estimate: v.optional(estimate),
  rowsNeeded: v.optional(count),
  examples: v.optional(v.array(text)),
})
const schema = v.object({
  subject: v.array(v.object({ name: text, digest: v.record(text, text) })),
  predicate: v.object({
    verdict,
    firstRelease: v.boolean(),
    rows: v.optional(count),
    inputs: v.array(v.object({ role: text, name: text, columns: v.array(text) })),
    problems: v.array(v.object({ rule: text, message: text })),
    rules: v.array(
      v.object({
        rule: text,
        metric: text,
        better: v.picklist(['higher', 'lower']),
        demand: v.picklist(['bound', 'non-inferior', 'superior']),
        verdict: v.picklist(['pass', 'warn', 'fail', 'inconclusive', 'skipped']),
        reason: text,
        correction: v.optional(text, 'none'),
        cases: v.array(one),
      }),
    ),
  }),
})

/** A statement of type evaluation/v1 (docs/predicates/evaluation.md). */
export function readEvaluation(statement: unknown): Read<Evaluation> {
  return parse(
    schema,
    statement,
    ({ subject, predicate }) =>
      ({
        subjects: subject.map(({ name, digest }) => `${name}@${Object.entries(digest)[0]?.join(':') ?? ''}`),
        ...predicate,
      }) as Evaluation,
  )
}
