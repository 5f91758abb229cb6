import { SluiceError } from '@sluice/errors'
import { aucVariance, nestedVariance, type Planned, tangoVariance } from '@sluice/statistics'
import type { Demand } from '../rules/demand.js'

/** What a plan takes for granted where there are no predictions yet. */
export const ASSUMPTIONS = {
  rows: 'rows that can be labelled',
  disagreement: 'share of rows on which exactly one of the two models is right',
  variance: "variance of the difference between the models' values of one row",
  within: 'variance of the answers to one item around their mean, of each model',
  repeats: 'answers an item',
  prevalence: 'share of positive rows',
  auc: "the champion's AUC",
  correlation: "correlation of the two models' AUCs",
  'design-effect': 'how many times the variance of clustered rows is that of independent ones',
} as const

export type Assumption = keyof typeof ASSUMPTIONS
export type Assumptions = Partial<Record<Assumption, number>>

/** Each within (low, high), or at `low` where that is `from`. */
const RANGES: Record<
  Assumption,
  { readonly from?: number; readonly above?: number; readonly below: number }
> = {
  rows: { from: 1, below: 1e12 },
  disagreement: { above: 0, below: 1 },
  variance: { above: 0, below: 1e12 },
  within: { from: 0, below: 1e12 },
  repeats: { from: 1, below: 1e6 },
  prevalence: { above: 0, below: 1 },
  auc: { above: 0.5, below: 1 },
  correlation: { from: 0, below: 1 },
  'design-effect': { from: 1, below: 1e6 },
}

/**
 * Reads `name=value`, each name once.
 * @throws SluiceError PLAN_ASSUMPTION_INVALID naming what there is to assume
 */
export function readAssumptions(entries: readonly string[]): Assumptions {
  const found: Assumptions = {}
  for (const entry of entries) {
    const [name, text, ...more] = entry.split('=').map((part) => part.trim())
    if (name === undefined || !Object.hasOwn(ASSUMPTIONS, name) || !text || more.length > 0)
      throw invalid(entry, `expected one of ${Object.keys(ASSUMPTIONS).join(', ')} with = and a number`)
    const key = name as Assumption
    if (found[key] !== undefined) throw invalid(entry, `${key} is assumed twice`)
    const value = Number(text)
    const { from, above, below } = RANGES[key]
    if (!(value < below && (from === undefined ? value > above! : value >= from)))
      throw invalid(
        entry,
        `${key} is ${ASSUMPTIONS[key]}, ${from === undefined ? `above ${above}` : `at least ${from}`} and below ${below}`,
      )
    found[key] = value
  }
  return found
}

function invalid(entry: string, expected: string): SluiceError {
  return new SluiceError(
    'PLAN_ASSUMPTION_INVALID',
    `The assumption ${JSON.stringify(entry)} cannot be used: ${expected}.`,
    {
      remedy: 'Correct it under `assume`, such as `disagreement=0.1`.',
    },
  )
}

/** Variance per row of what a rule holds against its threshold, or what would have to be assumed for it. */
export type AssumedVariance =
  | ({ readonly state: 'known'; readonly from: string } & Pick<Planned, 'variance' | 'nullVariance'>)
  | { readonly state: 'unknown'; readonly missing: string }

/** @param bound the bound itself, where the rule is one: then the metric of one model is what varies */
export function assumedVariance(
  { metric, kind }: Demand,
  bound: number | undefined,
  assumed: Assumptions,
): AssumedVariance {
  const found = kind === 'bound' ? ofOne(metric.name, bound!, assumed) : ofPair(metric.name, assumed)
  const effect = assumed['design-effect'] ?? 1
  if (found.state === 'unknown') return found
  const { nullVariance } = found
  return {
    ...found,
    variance: found.variance * effect,
    ...(nullVariance === undefined ? {} : { nullVariance: (distance) => effect * nullVariance(distance) }),
  }
}

function ofPair(name: string, assumed: Assumptions): AssumedVariance {
  const { disagreement, variance, within = 0, repeats = 1, prevalence, auc, correlation } = assumed
  if (name === 'auc') {
    if (auc === undefined || prevalence === undefined || correlation === undefined)
      return needs('auc', 'prevalence', 'correlation')
    return known(2 * (1 - correlation) * aucVariance(auc, prevalence), 'Hanley & McNeil, correlated')
  }
  if (name === 'accuracy' && disagreement !== undefined) return disagreeing(disagreement, 1, 'disagreement')
  if (name === 'recall' && disagreement !== undefined && prevalence !== undefined)
    return disagreeing(disagreement, prevalence, 'disagreement among positive rows')
  if (name === 'accuracy') return needs('disagreement')
  if (name === 'recall') return needs('disagreement', 'prevalence')
  if (NOT_A_MEAN.test(name))
    return { state: 'unknown', missing: 'predictions: its error is not that of a mean' }
  if (variance === undefined) return needs('variance')
  const nested = nestedVariance({
    between: variance,
    within: [within, within],
    repeats: [repeats, repeats],
  })
  return known(nested, within === 0 ? 'variance' : `variance, and within ${repeats} answers an item`)
}

function ofOne(name: string, bound: number, { prevalence }: Assumptions): AssumedVariance {
  const within = bound > 0 && bound < 1
  if (name === 'auc' && within)
    return prevalence === undefined
      ? needs('prevalence')
      : known(aucVariance(bound, prevalence), 'Hanley & McNeil')
  if (name === 'accuracy' && within) return known(bound * (1 - bound), 'binomial')
  if (name === 'recall' && within)
    return prevalence === undefined
      ? needs('prevalence')
      : known((bound * (1 - bound)) / prevalence, 'binomial')
  return { state: 'unknown', missing: 'predictions' }
}

/** Ratios, rankings and quantiles: their variance follows from no one number that a person could assume. */
const NOT_A_MEAN =
  /^(average_precision|precision|specificity|f1|mcc|kappa|balanced_accuracy|ovr_auc|rmse|rmsle|r2|wape|median_absolute_error|max_error|(ece|calibration|macro|micro|weighted|multilabel)(_.*)?|p\d.*)$/

function known(variance: number, from: string): AssumedVariance {
  return { state: 'known', variance, from }
}

/** Of all rows, where only the share `counted` of them counts. */
function disagreeing(disagreement: number, counted: number, from: string): AssumedVariance {
  const equal = { pairs: 1, gained: disagreement / 2, lost: disagreement / 2 }
  return {
    state: 'known',
    variance: disagreement / counted,
    nullVariance: (effect) => tangoVariance(equal, -effect) / counted,
    from,
  }
}

function needs(...names: Assumption[]): AssumedVariance {
  return { state: 'unknown', missing: names.map((name) => `${name} (${ASSUMPTIONS[name]})`).join(', ') }
}
