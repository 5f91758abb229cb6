import { absoluteSum, type Distribution, foldedBias, walk, wassersteinDistance } from '@sluice/statistics'
import { absoluteSumEstimate } from '../estimates/absolute-sum.js'
import { type MeasuredDrift, none } from './measured.js'

/** Wasserstein distance in standard deviations of the reference, with the bounds of a sum of absolute values. */
export function measureWasserstein(a: Distribution, b: Distribution): MeasuredDrift {
  const { deviation, mean } = momentsOf(a)
  if (deviation === 0) return none('the reference has no spread to measure by')
  const raw = wassersteinDistance(a, b) / deviation
  const count = a.at.length + b.at.length
  const [values, errors] = [new Float64Array(count), new Float64Array(count)]
  // What a row adds to ∫s(F − G) hangs on how much of s lies beyond its value: once under the signs that are seen, once
  // under one sign, as where all has moved one way. Of independent rows that one is the largest variance there is.
  const [seen, plain] = [passed(a, b), passed(a, b)]
  let [stretches, signed, length, bias] = [0, 0, 0, 0]
  walk(a, b, ({ difference, error, ofA, ofB, width }) => {
    const unit = width / deviation
    if (ofA !== undefined) [seen.a[ofA], plain.a[ofA]] = [signed, length]
    if (ofB !== undefined) [seen.b[ofB], plain.b[ofB]] = [signed, length]
    signed += Math.sign(difference) * unit
    length += unit
    values[stretches] = difference * unit
    errors[stretches] = error * unit
    if (error > 0) bias += error * unit * foldedBias(Math.abs(difference) / error)
    stretches++
  })
  const spread = Math.sqrt(
    Math.max(
      ...[seen, plain].map((beyond) => {
        // The unit is an estimate too: a reference that is wider by chance makes every distance shorter.
        const ofReference = beyond.a.map((one, i) => -one - (raw * ((a.at[i]! - mean) / deviation) ** 2) / 2)
        return a.varianceOfMean(ofReference) + b.varianceOfMean(beyond.b)
      }),
    ),
  )
  const parts = { values: values.subarray(0, stretches), errors: errors.subarray(0, stretches), spread }
  const method =
    'Wasserstein distance in standard deviations of the reference; bounds of a sum of absolute differences'
  const df = Math.min(a.mass.units, b.mass.units) - 1
  const estimate = {
    ...absoluteSumEstimate(absoluteSum(parts), spread, method, df),
    value: Math.max(0, raw - bias),
  }
  return { state: 'measured', raw, estimate, p: undefined, cells: undefined }
}

function passed(a: Distribution, b: Distribution): { readonly a: Float64Array; readonly b: Float64Array } {
  return { a: new Float64Array(a.at.length), b: new Float64Array(b.at.length) }
}

/** Mean and standard deviation by shares; of the n rows that the sample counts for, n/(n−1) of the latter's square. */
function momentsOf({ at, mass, share }: Distribution): { readonly mean: number; readonly deviation: number } {
  let [mean, squares] = [0, 0]
  const part = (i: number) => share[i]! - (share[i - 1] ?? 0)
  for (let i = 0; i < at.length; i++) mean += part(i) * at[i]!
  for (let i = 0; i < at.length; i++) squares += part(i) * (at[i]! - mean) ** 2
  return { mean, deviation: at.length === 1 ? 0 : Math.sqrt((squares * mass.rows) / (mass.rows - 1)) }
}
