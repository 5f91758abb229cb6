import { predicateType } from '@sluice/verdict'
import * as v from 'valibot'
import type { Look, Rollout } from '../data.js'
import { count, maybe, parse, present, probability, type Read, real, text, time, verdict } from './read.js'

export const ROLLOUT = predicateType('rollout')

const counts = v.object({ requests: count, errors: count })
const weights = v.object({ stable: count, canary: count })
const predicateSchema = v.object({
  environment: text,
  outcome: v.picklist(['promoted', 'rolled-back', 'held']),
  verdict,
  cause: text,
  because: text,
  startedAt: time,
  endedAt: time,
  plan: v.object({
    analysis: v.object({ psi0: real, alpha: probability, psiBad: real, beta: probability }),
  }),
  events: v.array(
    v.object({ at: time, event: text, because: v.optional(text, ''), weights: maybe(weights) }),
  ),
  steps: v.array(v.object({ percent: real, intervals: count, stable: counts, canary: counts })),
  analysis: v.object({ errors: maybe(v.object({ e: real, maxE: real, certificateE: real })) }),
  observations: v.array(
    v.object({ at: time, step: count, intervals: count, stable: counts, canary: counts }),
  ),
})

/** Computes the e-values after each observation of a rollout record again; undefined when that cannot be done. */
export type Replay = (predicate: unknown) => readonly Look[] | undefined

/** A rollout record's predicate (docs/predicates/rollout.md), of a statement or out of a ledger. */
export function readRollout(predicate: unknown, subject: string, replay: Replay): Read<Rollout> {
  const looks = replay(predicate)
  return parse(
    predicateSchema,
    predicate,
    ({ plan, analysis, events, ...members }) =>
      ({
        ...members,
        ...plan.analysis,
        subject,
        ...present({
          stated: analysis.errors,
          looks: looks?.length === members.observations.length ? looks : undefined,
        }),
        events: events.map((event) => present(event)),
      }) as Rollout,
  )
}
