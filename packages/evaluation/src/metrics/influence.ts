import {
  compensatedSum,
  type Groups,
  influenceSpread,
  type Spread,
  spreadOfSquares,
  withInfluences,
} from '@sluice/statistics'
import { type Estimate, logitEstimate, symmetricEstimate, widerEstimate } from '../estimates/estimate.js'
import {
  type Collapsed,
  type Compared,
  type Measured,
  type Metric,
  measured,
  type View,
  type Weighing,
} from './metric.js'

/** A value with how much each row moves it: ψᵢ, scaled so that its variance is Σψᵢ² (statistics, influence). */
export type Influenced =
  | {
      readonly state: 'influenced'
      readonly value: number
      readonly psi: Float64Array
      /** Σψᵢ², where it is known without them. */
      readonly squares?: number
      readonly trials: number
      /** Rows of each class, where they are what limits the estimate. */
      readonly classes?: { readonly positives: number; readonly negatives: number }
    }
  | { readonly state: 'undefined'; readonly because: string }

/** A value without its influences, which stayed where the rows are. */
export type Valued = Pick<Influenced & { state: 'influenced' }, 'value' | 'trials' | 'classes'>

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
  few?(found: Valued, standardError: number, designEffect: number): Estimate | undefined
  influence(view: View): Influenced
}

/** A metric that can also be told its sums, where nobody here has seen the rows. */
export interface InfluenceMetric extends Metric {
  readonly ofSums: {
    /** @param unclustered the spread as if every row stood alone */
    single(found: Valued, spread: Spread, unclustered: Spread, clustered: boolean): Measured
    /** @param spread that of the difference of both influences */
    paired(ours: Valued, theirs: Valued, spread: Spread, clustered: boolean): Measured
  }
}

/**
 * A metric whose errors come from influence values. The difference of two models is the difference of their
 * values, and its influence the difference of their influences: pairing and clusters come for nothing.
 */
export function influenceMetric(declaration: Declaration): InfluenceMetric {
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
    influence: (view) => declaration.influence(view),
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
    ofSums: { single, paired },
  }

  function ofOne(view: View, found: Influenced): Measured {
    if (found.state === 'undefined') return found
    const alone =
      found.squares === undefined
        ? influenceSpread(found.psi, undefined, groupsOf(view))
        : spreadOfSquares(found.squares, view.rows)
    const spread =
      view.clusters === undefined ? alone : influenceSpread(found.psi, view.clusters, groupsOf(view))
    return single(found, spread, alone, view.clusters !== undefined)
  }

  function single(found: Valued, spread: Spread, unclustered: Spread, clustered: boolean): Measured {
    const how = clustered ? `${method}, clustered` : method
    const { standardError } = spread
    const usual =
      scale === 'logit'
        ? logitEstimate(found.value, standardError, how, found.trials, df(spread, found.trials))
        : symmetricEstimate(found.value, standardError, how, df(spread, found.trials))
    const alone = unclustered.standardError
    const few = declaration.few?.(found, standardError, Math.max(1, (standardError / alone) ** 2 || 1))
    return measured(weakened(few === undefined ? usual : widerEstimate(usual, few), found.trials))
  }

  function ofTwo(view: View, ours: Influenced, theirs: Influenced): Measured {
    if (ours.state === 'undefined') return ours
    if (theirs.state === 'undefined') return theirs
    // In place: ten million rows of a third array are 80 MB.
    const { psi } = ours
    for (let i = 0; i < psi.length; i++) psi[i]! -= theirs.psi[i]!
    const spread = influenceSpread(psi, view.clusters, groupsOf(view))
    return paired(ours, theirs, spread, view.clusters !== undefined)
  }

  function paired(ours: Valued, theirs: Valued, spread: Spread, clustered: boolean): Measured {
    const how = clustered ? `${method}, paired and clustered` : `${method}, paired`
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

function groupsOf({ weights, collapsed }: View): Groups | undefined {
  return collapsed === undefined ? undefined : { ...collapsed, weights: weights! }
}

/** Influence of the mean of one value a row: θ = Σwx/Σw, ψ = w(x − θ)/Σw. */
export function meanInfluence(values: Float64Array, weighing: Weighing = {}): Influenced {
  const n = values.length
  if (weighing.weights !== undefined)
    return ratioInfluence(values.slice(), new Float64Array(n).fill(1), 'there is no row', weighing)
  if (n === 0) return { state: 'undefined', because: 'there is no row' }
  const value = compensatedSum(values) / n
  return withInfluences(
    { state: 'influenced', value, squares: squaresAround(values, value) / n / n, trials: n },
    () => {
      const psi = new Float64Array(n)
      for (let i = 0; i < n; i++) psi[i] = (values[i]! - value) / n
      return psi
    },
  )
}

/** Σ(x − centre)², compensated (Neumaier 1974). */
function squaresAround(values: Float64Array, centre: number): number {
  let [sum, lost] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const square = (values[i]! - centre) ** 2
    const next = sum + square
    lost += sum >= square ? sum - next + square : square - next + sum
    sum = next
  }
  return sum + lost
}

/**
 * Influence of a ratio of two sums: θ = Σwa/Σwb, ψ = w(a − θb)/Σwb (delta method).
 * @param above is taken over: the influences stand in it afterwards
 */
export function ratioInfluence(
  above: Float64Array,
  below: Float64Array,
  because: string,
  { weights, collapsed }: Weighing = {},
): Influenced {
  const total = compensatedSum(weighted(below, weights))
  if (!(total > 0)) return { state: 'undefined', because }
  const value = compensatedSum(weighted(above, weights)) / total
  const psi = above
  for (let i = 0; i < psi.length; i++)
    psi[i] = ((weights === undefined ? 1 : weights[i]!) * (above[i]! - value * below[i]!)) / total
  const trials = weights === undefined ? Math.round(total) : effectiveTrials(below, weights, collapsed)
  return { state: 'influenced', value, psi, trials }
}

/** What `change` makes of a value, with the derivative by which influences pass through it (delta method). */
export function transformed(
  found: Influenced,
  change: (value: number) => number,
  derivative: (value: number) => number,
): Influenced {
  if (found.state === 'undefined') return found
  const slope = derivative(found.value)
  const { squares: _, ...rest } = found
  return { ...rest, value: change(found.value), psi: found.psi.map((psi) => (psi === 0 ? 0 : psi * slope)) }
}

/** The mean of several values of the same rows, undefined when one of them is. */
export function averageInfluence(all: readonly Influenced[]): Influenced {
  const [first] = all
  if (first === undefined) return { state: 'undefined', because: 'there is no row' }
  let value = 0
  let trials = Number.POSITIVE_INFINITY
  let psi: Float64Array | undefined
  for (const one of all) {
    if (one.state === 'undefined') return one
    value += one.value / all.length
    trials = Math.min(trials, one.trials)
    psi ??= new Float64Array(one.psi.length)
    for (let i = 0; i < psi.length; i++) psi[i]! += one.psi[i]! / all.length
  }
  return { state: 'influenced', value, psi: psi!, trials }
}

function weighted(values: Float64Array, weights: Float64Array | undefined): Float64Array {
  return weights === undefined
    ? values
    : values.map((value, i) => (weights[i] === 0 ? 0 : value * weights[i]!))
}

/** Trials below the line, times Kish's share of the rows that count: (Σw)²/(n Σw²). */
function effectiveTrials(
  below: Float64Array,
  weights: Float64Array,
  collapsed: Collapsed | undefined,
): number {
  let [trials, rows, sum, squares] = [0, 0, 0, 0]
  for (let i = 0; i < below.length; i++) {
    const weight = weights[i]!
    if (below[i] === 0 || weight === 0) continue
    const count = collapsed === undefined ? 1 : collapsed.counted[i]!
    trials += count * below[i]!
    rows += count
    sum += weight
    squares += collapsed === undefined ? weight * weight : collapsed.squares[i]!
  }
  return Math.round((trials * sum * sum) / (rows * squares))
}
