import { compensatedSum, influenceSpread, type Spread } from '@sluice/statistics'
import { type Estimate, logitEstimate, symmetricEstimate, widerEstimate } from '../estimates/estimate.js'
import { type Compared, type Measured, type Metric, measured, type View } from './metric.js'

/** A value with how much each row moves it: ψᵢ, scaled so that its variance is Σψᵢ² (statistics, influence). */
export type Influenced =
  | {
      readonly state: 'influenced'
      readonly value: number
      readonly psi: Float64Array
      readonly trials: number
      /** Rows of each class, where they are what limits the estimate. */
      readonly classes?: { readonly positives: number; readonly negatives: number }
    }
  | { readonly state: 'undefined'; readonly because: string }

interface Declaration
  extends Pick<
    Metric,
    'name' | 'label' | 'better' | 'tasks' | 'needs' | 'column' | 'minRows' | 'boundsOnly'
  > {
  /** `logit` for values within (0, 1), `identity` for losses. */
  readonly scale: 'logit' | 'identity'
  /** The method, as a reader would look it up; the difference of two is "paired". */
  readonly method: string
  /** `t` for means, `normal` where theory gives no degrees of freedom, `trials` where the error is that of as many. */
  readonly reference: 't' | 'normal' | 'trials'
  /** Trials under which the interval is known not to hold what it promises (docs/methods/simulation.md). */
  readonly floor?: { readonly trials: number; readonly of: string }
  /** A second estimate of a single value where there are few rows of a class: the wider one counts. */
  few?(
    found: Influenced & { state: 'influenced' },
    standardError: number,
    designEffect: number,
  ): Estimate | undefined
  influence(view: View): Influenced
}

/**
 * A metric whose errors come from influence values. The difference of two models is the difference of their
 * values, and its influence the difference of their influences: pairing and clusters come for nothing.
 */
export function influenceMetric(declaration: Declaration): Metric {
  const { name, label, better, tasks, needs, scale, method, reference } = declaration
  const df = (spread: Spread, trials: number) => {
    if (reference === 'normal') return undefined
    return reference === 't' ? spread.df : Math.max(1, Math.min(spread.df, trials - 1))
  }
  return {
    name,
    label,
    better,
    tasks,
    needs,
    ...(declaration.column === undefined ? {} : { column: declaration.column }),
    ...(declaration.minRows === undefined ? {} : { minRows: declaration.minRows }),
    ...(declaration.boundsOnly === undefined ? {} : { boundsOnly: declaration.boundsOnly }),
    measure(view): Measured {
      return ofOne(view, declaration.influence(view))
    },
    compare(candidate, champion): Measured {
      return ofTwo(candidate, declaration.influence(candidate), declaration.influence(champion))
    },
    both(candidate, champion): Compared {
      const [ours, theirs] = [declaration.influence(candidate), declaration.influence(champion)]
      return {
        candidate: ofOne(candidate, ours),
        champion: ofOne(champion, theirs),
        // Last, for it takes the influences of the candidate's value as its own.
        difference: ofTwo(candidate, ours, theirs),
      }
    },
  }

  function ofOne({ clusters }: View, found: Influenced): Measured {
    if (found.state === 'undefined') return found
    const spread = influenceSpread(found.psi, clusters)
    const how = clusters === undefined ? method : `${method}, clustered`
    const { standardError } = spread
    const usual =
      scale === 'logit'
        ? logitEstimate(found.value, standardError, how, found.trials, df(spread, found.trials))
        : symmetricEstimate(found.value, standardError, how, df(spread, found.trials))
    const alone = clusters === undefined ? standardError : influenceSpread(found.psi).standardError
    const few = declaration.few?.(found, standardError, Math.max(1, (standardError / alone) ** 2 || 1))
    return measured(weakened(few === undefined ? usual : widerEstimate(usual, few), found.trials))
  }

  function ofTwo({ clusters }: View, ours: Influenced, theirs: Influenced): Measured {
    if (ours.state === 'undefined') return ours
    if (theirs.state === 'undefined') return theirs
    // In place: ten million rows of a third array are 80 MB.
    const { psi } = ours
    for (let i = 0; i < psi.length; i++) psi[i]! -= theirs.psi[i]!
    const spread = influenceSpread(psi, clusters)
    const how = clusters === undefined ? `${method}, paired` : `${method}, paired and clustered`
    const trials = Math.min(ours.trials, theirs.trials)
    const freedom = df(spread, trials)
    const difference = symmetricEstimate(ours.value - theirs.value, spread.standardError, how, freedom)
    return measured(weakened(difference, trials))
  }

  function weakened(estimate: Estimate, trials: number): Estimate {
    const { floor } = declaration
    if (floor === undefined || trials >= floor.trials) return estimate
    return { ...estimate, weak: `${trials} ${floor.of}; ${name} needs ${floor.trials} to decide` }
  }
}

/** Influence of the mean of one value a row. */
export function meanInfluence(values: Float64Array): Influenced {
  const n = values.length
  if (n === 0) return { state: 'undefined', because: 'there is no row' }
  const value = compensatedSum(values) / n
  const psi = new Float64Array(n)
  for (let i = 0; i < n; i++) psi[i] = (values[i]! - value) / n
  return { state: 'influenced', value, psi, trials: n }
}

/** Influence of a ratio of two sums: θ = Σa/Σb, ψ = (a − θb)/Σb (delta method). */
export function ratioInfluence(above: Float64Array, below: Float64Array, because: string): Influenced {
  const total = compensatedSum(below)
  if (total === 0) return { state: 'undefined', because }
  const value = compensatedSum(above) / total
  const psi = new Float64Array(above.length)
  for (let i = 0; i < psi.length; i++) psi[i] = (above[i]! - value * below[i]!) / total
  return { state: 'influenced', value, psi, trials: Math.round(total) }
}
