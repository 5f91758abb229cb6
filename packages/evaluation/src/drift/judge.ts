import { holm, normalQuantile } from '@sluice/statistics'
import { type Finding, fingerprint, type Level } from '@sluice/verdict'
import { amount, level as levelText } from '../report/numbers.js'
import { shortened } from '../report/shortened.js'
import type { DataPolicy, DriftRule } from '../schema/section.js'
import { columnOf, type Table } from '../table/table.js'
import type { Cells } from './cells.js'
import { measureDrift } from './measure.js'
import { type MeasuredDrift, none } from './measured.js'
import { type Groupings, weighingOf } from './sampled.js'

/** One column held against one rule. */
export interface DriftOutcome {
  readonly column: string
  readonly rule: DriftRule
  /** `good` and `bad` are shown; `undecided` is neither. */
  readonly state: 'good' | 'bad' | 'undecided'
  readonly because: string | undefined
  readonly rows: { readonly reference: number; readonly current: number }
  readonly shown: Shown | undefined
}

interface Shown {
  readonly raw: number
  readonly value: number
  readonly low: number
  readonly high: number
  /** Two-sided confidence of the interval. */
  readonly level: number
  readonly method: string
  /** Of "it is at most what is allowed", after Holm's correction over all columns and rules. */
  readonly adjusted: number
  readonly p: number | undefined
  /** About how many rows a side would decide, if the truth is what it looks like now (power 80 %). */
  readonly rowsNeeded: number | undefined
  /** Bins or categories that moved most, as shares. */
  readonly moved: readonly { readonly name: string; readonly from: number; readonly to: number }[]
}

const MOVED = 3

/**
 * Holds the columns of two tables against the rules on drift. A column passes when the upper end of its interval is at
 * most what is allowed, and fails when the drift is shown to be more, corrected by Holm for the number of columns and
 * rules; a p-value of "no drift" decides nothing, since on many rows it is always small.
 */
export function judgeDrift(
  reference: Table,
  current: Table,
  policy: Pick<DataPolicy, 'alpha' | 'drift'>,
  groupings?: Groupings,
): DriftOutcome[] {
  const { alpha, drift } = policy
  const rows = { reference: reference.rows, current: current.rows }
  const measured = drift.flatMap((rule) =>
    rule.columns.map((column) => {
      const sides = [
        [reference, groupings?.reference],
        [current, groupings?.current],
      ] as const
      return { column, rule, found: foundOf(column, rule, sides) }
    }),
  )
  const tested = measured.filter(({ found }) => found.state === 'measured')
  const adjusted = holm(
    tested.map(({ found, rule }) => (found.state === 'measured' ? found.estimate.above(rule.atMost) : 1)),
  )
  const correctedOf = new Map(tested.map((one, index) => [one, adjusted[index]!]))
  return measured.map((one) => {
    const { column, found, rule } = one
    if (found.state === 'undefined')
      return { column, rule, rows, state: 'undecided', because: found.because, shown: undefined }
    const shown = shownOf(found, rule, correctedOf.get(one)!, alpha, Math.min(rows.reference, rows.current))
    if (shown.adjusted <= alpha) return { column, rule, rows, state: 'bad', because: undefined, shown }
    if (shown.high <= rule.atMost)
      return {
        column,
        rule,
        rows,
        state: 'good',
        because: undefined,
        shown: { ...shown, rowsNeeded: undefined },
      }
    return {
      column,
      rule,
      rows,
      state: 'undecided',
      because:
        shown.low > rule.atMost
          ? 'it is more than allowed by itself, and not once corrected for the number of comparisons'
          : 'the interval holds both sides of what is allowed',
      shown,
    }
  })
}

function foundOf(
  column: string,
  rule: DriftRule,
  sides: readonly (readonly [Table, Table | undefined])[],
): MeasuredDrift {
  if (!sides.every(([table]) => table.columns.has(column))) return none('it is not a column of both tables')
  const samples = []
  for (const [table, groupings] of sides) {
    const weighing = weighingOf(table, groupings, rule)
    if (typeof weighing === 'string') return none(weighing)
    samples.push({ column: columnOf(table, column, 'any'), weighing })
  }
  return measureDrift(rule, samples[0]!, samples[1]!)
}

function shownOf(
  { cells, estimate, p, raw }: Extract<MeasuredDrift, { state: 'measured' }>,
  { atMost }: DriftRule,
  adjusted: number,
  alpha: number,
  rows: number,
): Shown {
  const level = 1 - 2 * alpha
  const { high, low } = estimate.interval(level)
  const z = normalQuantile(1 - alpha) + normalQuantile(0.8)
  const needed = Math.ceil(rows * ((z * estimate.standardError) / (estimate.value - atMost)) ** 2)
  return {
    raw,
    value: estimate.value,
    low,
    high,
    level,
    method: estimate.method,
    adjusted,
    p,
    rowsNeeded: needed > rows && needed < 1e12 ? needed : undefined,
    moved: cells === undefined ? [] : movedMost(cells),
  }
}

function movedMost({ current, names, reference }: Cells): Shown['moved'] {
  const [n, m] = [reference.mass.rows, current.mass.rows]
  return names
    .map((name, cell) => ({
      name: shortened(name, 40),
      from: reference.counts[cell]! / n,
      to: current.counts[cell]! / m,
    }))
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .slice(0, MOVED)
}

/** The findings of drift: one for each column that moved, and one for each that could not be decided. */
export function driftFindings(outcomes: readonly DriftOutcome[]): Finding[] {
  return outcomes.flatMap((outcome): Finding[] => {
    const { because, column, rule, state } = outcome
    if (state === 'good') return []
    const name = state === 'bad' ? 'data/drift' : 'data/drift-undecided'
    const level: Level = state === 'bad' ? 'error' : rule.undecided === 'warn' ? 'warning' : 'unknown'
    const about = `\`${shortened(column)}\``
    return [
      {
        rule: name,
        level,
        message:
          state === 'bad'
            ? `${about} has moved: ${driftText(outcome)}.`
            : `Not decided whether ${about} has moved: ${because}${outcome.shown ? `: ${driftText(outcome)}` : ''}.`,
        remedy:
          state === 'bad'
            ? 'Find out what changed in the data, retrain, or take the new data as reference with a reason.'
            : outcome.shown === undefined
              ? 'Correct the names in the rule of `data.drift`, or mend what the tables lack.'
              : 'Compare more rows, allow more with a reason, or set `undecided: warn`.',
        fingerprint: fingerprint(name, rule.measure, column),
        slice: `column=${column}`,
        ...(outcome.shown ? { loss: Math.max(0, outcome.shown.high) } : { waivable: false as const }),
      },
    ]
  })
}

/** `psi 0.31, 95 % interval [0.28, 0.34], at most 0.1 allowed (up to 5: 10 % → 25 %)` */
export function driftText({ rule, shown }: DriftOutcome): string {
  if (shown === undefined) return ''
  const { high, level, low, moved, rowsNeeded, value } = shown
  const number = (x: number) => amount(x, shown)
  const cells = moved.map(({ from, name, to }) => `${name}: ${percent(from)} → ${percent(to)}`)
  const where = cells.length === 0 ? '' : `; ${cells.join(', ')}`
  const needed = rowsNeeded === undefined ? '' : `; about ${rowsNeeded} rows a side would decide`
  return `${rule.measure} ${number(value)}, ${levelText(level)} interval [${number(low)}, ${number(high)}], at most ${rule.atMost} allowed${where}${needed}`
}

function percent(share: number): string {
  return `${+(share * 100).toPrecision(3)} %`
}
