import type { View } from '../metrics/metric.js'

/** Rows or clusters that errors are of, and how many alike would say as much. */
export interface Balance {
  readonly units: number
  /** (Σw)²/Σw² (Kish 1965); NaN where weights are too large to be added up. */
  readonly effective: number
  readonly of: 'rows' | 'clusters'
}

/** Fewer say too little of their spread, whatever the number of those that hardly count beside them. */
const LEAST = 20

/**
 * How evenly units count. An estimate that hangs on one of them lies where that one does, so its influence is nearly 0
 * and the error with it: ten thousand rows beside one of a weight of 10⁹ look like certainty.
 * @returns undefined where every row counts once and stands alone
 */
export function balanceOf({
  clusters,
  queries,
  rows,
  weights,
}: Pick<View, 'clusters' | 'queries' | 'rows' | 'weights'>): Balance | undefined {
  if (weights === undefined && clusters === undefined) return undefined
  const most = weights === undefined ? 1 : weights.reduce((a, b) => Math.max(a, b), 0)
  if (!(most > 0)) return undefined
  // A query counts once, however many rows it has.
  const inQuery = queries === undefined ? undefined : new Float64Array(queries.count)
  if (inQuery !== undefined) for (const query of queries!.of) inQuery[query]!++
  const mass = new Float64Array(clusters?.count ?? rows)
  for (let row = 0; row < rows; row++) {
    const weight = (weights === undefined ? 1 : weights[row]! / most) / (inQuery?.[queries!.of[row]!] ?? 1)
    mass[clusters === undefined ? row : clusters.of[row]!]! += weight
  }
  return balanceOfMasses(mass, clusters === undefined ? 'rows' : 'clusters')
}

/** @param masses what each unit counts for */
export function balanceOfMasses(masses: Float64Array, of: Balance['of']): Balance {
  let [units, sum, squares] = [0, 0, 0]
  for (const mass of masses) {
    if (mass > 0) units++
    sum += mass
    squares += mass * mass
  }
  return { units: of === 'rows' ? masses.length : units, effective: (sum * sum) / squares, of }
}

/** Why so few count that nothing rests on them; undefined where enough do. Few that count alike are known to be few. */
export function unbalanced({ effective, of, units }: Balance): string | undefined {
  const least = Math.min(LEAST, units / 4)
  if (effective >= least) return undefined
  const found = Number.isNaN(effective) ? 'no known number' : String(Math.round(effective * 10) / 10)
  return `some of the ${units} ${of} count so much more than the others that all say as much as ${found} alike; ${Math.ceil(least)} are needed`
}
