import {
  type Distribution,
  kolmogorovSmirnov,
  kolmogorovTail,
  normalCdf,
  normalQuantile,
  quantile,
  studentQuantile,
  walk,
} from '@sluice/statistics'
import { gridOf } from './grid.js'
import { estimateOf, type MeasuredDrift } from './measured.js'

const REPLICATES = 2000
/** Fixed: the same tables give the same bytes on every machine. */
const SEED = 0xd21f7
/** One-sided level from which on tails of the replicates are taken as those of a normal variable. */
const EXTRAPOLATED = 0.025
/** Level at which a place is given up as that of the largest distance. */
const GIVEN_UP = 0.0025

/**
 * Kolmogorov-Smirnov distance. The truth is at least the distance at any one place: the upper bound adds the error of
 * the place at which the largest is, the largest such error among the places where it may be. The value is at most the
 * truth and the largest error at these places: the lower bound takes off that, as replicates of as many rows as the
 * tables count for have it (Chernozhukov, Lee & Rosen 2013).
 */
export function measureKolmogorov(a: Distribution, b: Distribution): MeasuredDrift {
  const raw = kolmogorovSmirnov(a, b)
  const [n, m] = [rowsBehind(a), rowsBehind(b)]
  const { differences, errors } = gridOf(a, b).replicates(REPLICATES, n, m, SEED)
  const points = differences.length
  const noise = sorted(REPLICATES, (replicate) =>
    largest(points, (point) => Math.abs(errors[replicate * points + point]!)),
  )
  const least = raw - 2 * quantile(noise, 1 - GIVEN_UP)
  const beyond = sorted(REPLICATES, (replicate) =>
    largest(points, (point) => {
      const [seen, error] = [differences[point]!, errors[replicate * points + point]!]
      return Math.max(seen >= least ? error : -1, -seen >= least ? -error : -1)
    }),
  )
  let spread = 0
  walk(a, b, ({ difference, error }) => {
    if (Math.abs(difference) >= least) spread = Math.max(spread, error)
  })
  const own = largest(points, (point) => Math.abs(differences[point]!))
  const again = sorted(REPLICATES, (replicate) =>
    largest(points, (point) => Math.abs(differences[point]! + errors[replicate * points + point]!)),
  )
  const bias = again.reduce((sum, one) => sum + one, 0) / REPLICATES - own
  const widened = studentQuantile(0.975, Math.min(a.mass.units, b.mass.units) - 1) / normalQuantile(0.975)
  const method = `Kolmogorov-Smirnov distance; bootstrap of ${REPLICATES} where it may be largest`
  const estimate = estimateOf(Math.max(0, raw - bias), method, {
    above: (threshold) => upperTail(beyond, (raw - threshold) / widened),
    below: (threshold) => normalCdf((raw - threshold) / (widened * spread)),
    interval(level) {
      const alpha = (1 - level) / 2
      return {
        low: Math.max(0, raw - widened * upperQuantile(beyond, alpha)),
        high: Math.min(1, raw - widened * spread * normalQuantile(alpha)),
      }
    },
  })
  return { state: 'measured', raw, estimate, p: kolmogorovTail(raw, n, m), cells: undefined }
}

/** Independent rows that would place the distribution as well: a share near one half has a variance of one quarter of one over them. */
function rowsBehind({ mass, share, variance }: Distribution): number {
  let [worst, most] = [0, 0]
  for (let i = 0; i < share.length; i++) {
    worst = Math.max(worst, variance[i]!)
    most = Math.max(most, share[i]! * (1 - share[i]!))
  }
  return worst > 0 ? most / worst : mass.rows
}

/** Share of the replicates at or above x; beyond the last ones, as of a normal variable that has their quantile. */
function upperTail(rising: Float64Array, x: number): number {
  const scale = quantile(rising, 1 - EXTRAPOLATED) / -normalQuantile(EXTRAPOLATED)
  if (x > scale * -normalQuantile(EXTRAPOLATED)) return normalCdf(-x / scale)
  return (rising.length - firstAtLeast(rising, x) + 1) / (rising.length + 1)
}

function upperQuantile(rising: Float64Array, alpha: number): number {
  if (alpha >= EXTRAPOLATED) return quantile(rising, 1 - alpha)
  return (quantile(rising, 1 - EXTRAPOLATED) * normalQuantile(alpha)) / normalQuantile(EXTRAPOLATED)
}

function firstAtLeast(rising: Float64Array, x: number): number {
  const found = rising.findIndex((value) => value >= x)
  return found === -1 ? rising.length : found
}

function sorted(count: number, of: (replicate: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, replicate) => of(replicate)).sort()
}

function largest(count: number, of: (point: number) => number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let point = 0; point < count; point++) most = Math.max(most, of(point))
  return most
}
