import { tangoEstimate, wilsonEstimate } from '../estimates/estimate.js'
import { TASKS } from '../tasks/task.js'
import type { Asked } from './asked.js'
import { type Influenced, influenceMetric, meanInfluence } from './influence.js'
import { type Metric, measured, type View } from './metric.js'
import { quantileMetric } from './quantile.js'

function columnOf(view: View, column: string): Float64Array | string {
  return view.columns?.get(column) ?? `there is no column ${column}`
}

/** Nothing but 0 and 1, one row a trial: shares then, with the intervals of shares. */
function isShare(view: View, values: Float64Array): boolean {
  return (
    view.clusters === undefined &&
    view.weights === undefined &&
    view.rows > 0 &&
    values.every((value) => value === 0 || value === 1)
  )
}

/**
 * Mean of a column: a latency, a cost, the score of a judge. Items that were answered several times are their own mean
 * already, so that the answers' noise is within the items and not more rows (Miller 2024, arXiv 2411.00640). A column of
 * 0 and 1 is a share, by Wilson's and Tango's intervals.
 */
export function meanMetric({ column = '', better = 'higher' }: Asked): Metric {
  const usual = influenceMetric({
    name: `mean(${column})`,
    label: `mean ${column}`,
    better,
    tasks: TASKS,
    needs: 'columns',
    column,
    scale: 'identity',
    method: 'Student t',
    reference: 't',
    influence(view): Influenced {
      const values = columnOf(view, column)
      if (typeof values === 'string') return { state: 'undefined', because: values }
      return meanInfluence(values, view)
    },
  })
  // Without `both`: a share is measured and compared by different methods.
  const { both: _, ...rest } = usual
  return {
    ...rest,
    undirected: true,
    measure(view) {
      const values = columnOf(view, column)
      if (typeof values === 'string' || !isShare(view, values)) return usual.measure(view)
      return measured(
        wilsonEstimate(
          values.reduce((sum, value) => sum + value, 0),
          view.rows,
        ),
      )
    },
    compare(candidate, champion) {
      const [ours, theirs] = [columnOf(candidate, column), columnOf(champion, column)]
      if (typeof ours === 'string' || typeof theirs === 'string') return usual.compare(candidate, champion)
      if (!isShare(candidate, ours) || !isShare(champion, theirs)) return usual.compare(candidate, champion)
      let [gained, lost] = [0, 0]
      for (let i = 0; i < ours.length; i++) {
        if (ours[i]! > theirs[i]!) gained++
        if (ours[i]! < theirs[i]!) lost++
      }
      return measured(tangoEstimate({ pairs: ours.length, gained, lost }))
    },
  }
}

/** A percentile of a column: `p95` of a latency. @param percent in (0, 100) */
export function percentileMetric(percent: number, { column = '', better = 'lower' }: Asked): Metric {
  const metric = quantileMetric({
    name: `p${percent}(${column})`,
    label: `${percent}th percentile of ${column}`,
    better,
    tasks: TASKS,
    needs: 'columns',
    column,
    p: percent / 100,
    values: (view) => columnOf(view, column),
  })
  return { ...metric, undirected: true }
}

/**
 * Over items answered n times of which c passed: `pass^k`, the chance that k answers all pass, C(c,k)/C(n,k) (Yao et al.
 * 2024, arXiv 2406.12045), or `pass@k`, that one of them does, 1 − C(n−c,k)/C(n,k) (Chen et al. 2021, arXiv 2107.03374).
 * Both are free of bias; both are undefined where an item has fewer than k answers.
 */
export function passMetric(kind: '^' | '@', k: number, { column = '' }: Asked): Metric {
  return influenceMetric({
    name: `pass${kind}${k}(${column})`,
    label: `pass${kind}${k} of ${column}`,
    better: 'higher',
    tasks: TASKS,
    needs: 'columns',
    column,
    scale: 'logit',
    method: 'Student t over items',
    reference: 't',
    influence(view): Influenced {
      const values = columnOf(view, column)
      if (typeof values === 'string') return { state: 'undefined', because: values }
      const repeats = view.repeats?.get(column)
      const answersOf = (row: number) => repeats?.answers[row] ?? 1
      const passedOf = (row: number) => repeats?.passed[row] ?? (values[row]! >= view.threshold ? 1 : 0)
      const shares = new Float64Array(view.rows)
      for (let row = 0; row < view.rows; row++) {
        const [n, c] = [answersOf(row), passedOf(row)]
        if (n < k) return { state: 'undefined', because: `an item has ${n} answers; ${k} are needed` }
        shares[row] = kind === '^' ? allOf(c, n, k) : 1 - allOf(n - c, n, k)
      }
      return meanInfluence(shares, view)
    },
  })
}

/** C(c, k) / C(n, k) */
function allOf(c: number, n: number, k: number): number {
  let share = 1
  for (let i = 0; i < k; i++) share *= Math.max(0, c - i) / (n - i)
  return share
}
