import { SluiceError } from '@sluice/errors'
import {
  type EvaluationPolicy,
  PLAN_POWER,
  type Planning,
  planAssumed,
  planLevel,
  planRows,
  planTable,
  readAssumptions,
} from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import { type Finding, fingerprint, type Result, resultOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { withCandidate } from './policy.js'
import { readRows } from './read.js'

/**
 * Says what can be shown, and decides nothing: with a candidate on its rows, else from assumptions.
 * @throws SluiceError PLAN_STATES_NOTHING, PLAN_ASSUMPTION_INVALID, PLAN_NEEDS_ROWS, and what the readers throw
 */
export async function planModel(inputs: Inputs, policy: EvaluationPolicy, context: Context): Promise<Result> {
  if (inputs.subject !== undefined) {
    throw new SluiceError(
      'PLAN_STATES_NOTHING',
      'Both `plan` and `subject` are set, and a plan is no evidence.',
      {
        remedy: 'Leave `subject` out of the plan; give it to the gate.',
      },
    )
  }
  if (inputs.candidate !== undefined && inputs.assume.length > 0) {
    throw new SluiceError(
      'PLAN_ASSUMPTION_INVALID',
      'Both `candidate` and `assume` are set: rows at hand say themselves what would be assumed.',
      { remedy: 'Leave one of them out.' },
    )
  }
  const planning =
    inputs.candidate === undefined
      ? planAssumed(policy, readAssumptions(inputs.assume))
      : planRows(await readRows(withCandidate(inputs), policy, context), policy)
  const { plans, rows } = planning
  return resultOf({
    headline: headline(planning, policy.alpha),
    findings: [...planning.findings, nothingDecided()],
    sections: plans.length === 0 ? [] : [planTable(plans, policy.alpha)],
    outputs: {
      rows: rows === undefined ? '' : String(rows),
      failed: '0',
      undecided: '0',
      'eval-results': '',
    },
  })
}

function headline({ plans, findings }: Planning, alpha: number): string {
  const problem = findings.find(({ level }) => level === 'error' || level === 'unknown')
  if (problem !== undefined) return problem.message
  const known = plans.filter(({ rowsNeeded }) => rowsNeeded !== undefined)
  const short = known.filter(({ equalPasses }) => (equalPasses ?? 0) < PLAN_POWER)
  const most = Math.max(...(short.length === 0 ? known : short).map(({ rowsNeeded }) => rowsNeeded!))
  const at = planLevel(alpha)
  if (known.length === 0) return `A plan at ${at}: no rule has a margin whose rows are known.`
  if (known.every(({ equalPasses }) => equalPasses === undefined))
    return `A plan at ${at}: the margins need up to ${most} rows.`
  return short.length === 0
    ? `A plan at ${at}: the rows are enough for every margin that could be planned.`
    : `A plan at ${at}: the rows are too few for ${short.length} of ${known.length} margins; up to ${most} are needed.`
}

function nothingDecided(): Finding {
  return {
    rule: 'evaluation/plan',
    level: 'note',
    message: 'This is a plan: no model was judged.',
    fingerprint: fingerprint('evaluation/plan'),
  }
}
