import { SluiceError } from '@sluice/errors'
import { stringify } from 'yaml'
import type { Examination } from '../examination.js'
import { metricOf } from '../metrics/asked.js'
import type { EvaluationPolicy, Rule } from '../rules/section.js'

/** Where the run that measured it can be seen. */
export interface EvaluationSource {
  readonly url: string
  readonly name: string
}

/**
 * The rules that measure what `evaluation.evalResults` publishes, in its order.
 * @throws SluiceError EVAL_RESULTS_UNMEASURED when there is nothing to publish, or no one rule of all rows measures it
 */
export function publishedRules({ evalResults = [], rules }: EvaluationPolicy): Rule[] {
  if (evalResults.length === 0)
    throw unmeasured('`evaluation.evalResults` says nothing that could be written')
  return evalResults.map(({ column, metric }) => {
    const own = rules.filter(
      (rule) =>
        rule.slices === undefined && rule.metric === metric && (column ?? rule.column) === rule.column,
    )
    const names = new Set(own.map((rule) => metricOf(rule).name))
    if (names.size === 1) return own[0]!
    throw unmeasured(
      own.length === 0
        ? `no rule of all rows measures ${metric}${column === undefined ? '' : ` of ${column}`}`
        : `rules measure ${metric} of several columns`,
    )
  })
}

/**
 * What was measured, as a file of `.eval_results` of a model's repository on the Hugging Face Hub (huggingface_hub's
 * _eval_results.py). Without a date, which the Hub takes from the commit: the same evaluation gives the same bytes.
 * @returns undefined when a value was not measured
 * @throws SluiceError EVAL_RESULTS_UNMEASURED
 */
export function evalResultsYaml(
  policy: EvaluationPolicy,
  { outcomes }: Examination,
  source: EvaluationSource | undefined,
): string | undefined {
  const values = publishedRules(policy).map((rule) => {
    const name = metricOf(rule).name
    return outcomes
      .filter(({ demand, rule: own }) => own.slices === undefined && demand.metric.name === name)
      .flatMap(({ cases }) => cases)
      .find(({ candidate }) => candidate !== undefined)?.candidate
  })
  const entries = policy.evalResults!.map(({ dataset, notes, percent, revision, taskId }, index) => {
    const value = values[index]
    if (value === undefined || !Number.isFinite(value)) return undefined
    return {
      dataset: { id: dataset, task_id: taskId, ...(revision === undefined ? {} : { revision }) },
      // Without the digits that a multiplication makes up.
      value: percent ? Number((100 * value).toPrecision(15)) : value,
      ...(source === undefined ? {} : { source }),
      ...(notes === undefined ? {} : { notes }),
    }
  })
  return entries.includes(undefined)
    ? undefined
    : stringify(entries, { lineWidth: 0, aliasDuplicateObjects: false })
}

function unmeasured(found: string): SluiceError {
  return new SluiceError(
    'EVAL_RESULTS_UNMEASURED',
    `The file of \`eval-results\` cannot be written: ${found}.`,
    {
      remedy:
        'List under `evaluation.evalResults` metrics that rules without `slices` are about, with their data sets.',
    },
  )
}
