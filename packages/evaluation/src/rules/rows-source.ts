import { type Order, ordersOfParts } from '@sluice/statistics'
import type { Compared, Grouping, Measured, Metric, View } from '../metrics/metric.js'
import { deriveOrder, orderOf } from '../metrics/order.js'
import { rowLosses } from '../metrics/row-losses.js'
import type { Named } from '../predictions/named.js'
import type { Predictions } from '../predictions/predictions.js'
import { NO_SLICE } from '../slices/derive.js'
import type { DeclaredSpec } from '../slices/spec.js'
import { balanceOf } from './balance.js'
import { foundParts } from './found-parts.js'
import type { Part, Source, Where } from './part.js'
import { partition } from './partition.js'

/** Parts of joined predictions. @param threshold scores at or above it count as positive */
export function rowsSource(predictions: Predictions, threshold: number): Source {
  const cache = new Map<string, readonly Part[]>()
  return {
    whole: partOf(predictions, threshold, { kind: 'all' }, undefined),
    hasChampion: predictions.champion !== undefined,
    slices(spec, minRows) {
      const key = `${minRows}:${spec.key}`
      let parts = cache.get(key)
      if (parts === undefined) {
        parts = slicesOf(predictions, threshold, spec, minRows)
        cache.set(key, parts)
      }
      return parts
    },
    search: (spec, sought) =>
      foundParts(predictions, spec, sought, (where, rows) =>
        partOf(predictions, threshold, where, { split: { rows: [rows] }, part: 0 }),
      ),
  }
}

function slicesOf(predictions: Predictions, threshold: number, spec: DeclaredSpec, minRows: number): Part[] {
  const { codes, words } = predictions.slices.get(spec.key)!
  const counts = new Float64Array(words.length)
  for (let row = 0; row < codes.length; row++) if (codes[row] !== NO_SLICE) counts[codes[row]!]!++
  const { where, sizes, partOfWord } = partition(spec, words, counts, minRows)
  const split = splitRows(codes, partOfWord, sizes)
  return where.map((one, part) => partOf(predictions, threshold, one, { split, part }))
}

/** Rows cut into parts, each in rising order. */
interface Split {
  readonly rows: readonly Uint32Array[]
  /** The order of each part's scores, from that of all rows; without it each part is sorted by itself. */
  orders?(scores: Float64Array): readonly Order[]
}

function splitRows(codes: Int32Array, partOfCode: readonly number[], sizes: readonly number[]): Split {
  const starts = new Uint32Array(sizes.length)
  for (let part = 1; part < starts.length; part++) starts[part] = starts[part - 1]! + sizes[part - 1]!
  const filled = new Uint32Array(sizes.length)
  const grouped = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0))
  const ofCode = Int32Array.from(partOfCode)
  // A byte a row where it will do: the order of the scores looks parts up all over the place.
  const none = sizes.length < 255 ? 255 : -1
  const parts = none === 255 ? new Uint8Array(codes.length) : new Int32Array(codes.length)
  const places = new Uint32Array(codes.length)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    const part = code === NO_SLICE ? none : ofCode[code]!
    parts[row] = part
    if (part === none) continue
    const place = filled[part]!++
    places[row] = place
    grouped[starts[part]! + place] = row
  }
  const known = new Map<Float64Array, readonly Order[]>()
  return {
    rows: sizes.map((size, part) => grouped.subarray(starts[part], starts[part]! + size)),
    orders(scores) {
      const orders = known.get(scores) ?? ordersOfParts(orderOf(scores), parts, places, sizes)
      known.set(scores, orders)
      return orders
    },
  }
}

function partOf(
  predictions: Predictions,
  threshold: number,
  where: Where,
  own: { readonly split: Split; readonly part: number } | undefined,
): Part {
  const rows = own?.split.rows[own.part]
  const shared = viewOf(predictions, threshold, rows)
  const pick = (columns: readonly Float64Array[]): readonly Float64Array[] =>
    own === undefined
      ? columns
      : columns.map((column) => {
          const picked = pickRows(column, own.split.rows[own.part]!)
          const { orders } = own.split
          if (orders !== undefined) deriveOrder(picked, () => orders(column)[own.part]!)
          return picked
        })
  const ofModel = (model: 'candidate' | 'champion'): Pick<View, 'scores' | 'columns' | 'repeats'> => ({
    scores: pick(predictions[model] ?? []),
    ...namedRows(predictions.named?.[model], rows),
  })
  const models = { candidate: ofModel('candidate'), champion: ofModel('champion') }
  const view = (model: 'candidate' | 'champion'): View => ({ ...shared, ...models[model] })
  const known = new Map<string, Measured>()
  const once = (metric: Metric, which: keyof Compared): Measured => {
    const key = (one: keyof Compared) => `${one} ${metric.name}`
    const found = known.get(key(which))
    if (found !== undefined) return found
    if (metric.both !== undefined && predictions.champion !== undefined) {
      const all = metric.both(view('candidate'), view('champion'))
      for (const one of ['candidate', 'champion', 'difference'] as const) known.set(key(one), all[one])
    } else {
      const alone =
        which === 'difference'
          ? metric.compare(view('candidate'), view('champion'))
          : metric.measure(view(which))
      known.set(key(which), alone)
    }
    return known.get(key(which))!
  }
  return {
    where,
    rows: shared.rows,
    rarer: predictions.task === 'binary' ? rarerClass(shared.labels) : undefined,
    balance: balanceOf(shared),
    measure: (metric, model) => once(metric, model),
    compare: (metric) => once(metric, 'difference'),
    each: {
      losses: (metric, good, compared) =>
        rowLosses(metric, good, view('candidate'), compared ? view('champion') : undefined),
      id: (place) => predictions.ids.at(rows?.[place] ?? place),
    },
  }
}

/** What both models' views of these rows share. */
function viewOf(predictions: Predictions, threshold: number, rows: Uint32Array | undefined): View {
  const { classes, targets, truths, weights, clusters, queries, quantiles, groupings } = predictions
  const picked = <T extends Float64Array | Int32Array>(values: T): T =>
    rows === undefined ? values : pickRows(values, rows)
  const renumbered = (grouping: Grouping) => (rows === undefined ? grouping : renumber(grouping, rows))
  const labels = picked(predictions.labels)
  return {
    rows: labels.length,
    labels,
    classes,
    threshold,
    scores: [],
    ...(targets === undefined ? {} : { targets: picked(targets) }),
    ...(truths === undefined ? {} : { truths: truths.map(picked) }),
    ...(quantiles === undefined ? {} : { quantiles }),
    ...(weights === undefined ? {} : { weights: picked(weights) }),
    ...(clusters === undefined && queries === undefined
      ? {}
      : { clusters: renumbered(clusters ?? queries!) }),
    ...(queries === undefined ? {} : { queries: renumbered(queries) }),
    ...(groupings === undefined
      ? {}
      : { groupings: mapped(groupings, (one) => ({ ...one, codes: picked(one.codes) })) }),
  }
}

function namedRows(
  named: Named | undefined,
  rows: Uint32Array | undefined,
): Pick<View, 'columns' | 'repeats'> {
  if (named === undefined || rows === undefined) return named ?? {}
  return {
    columns: mapped(named.columns, (column) => pickRows(column, rows)),
    ...(named.repeats === undefined
      ? {}
      : {
          repeats: mapped(named.repeats, ({ answers, passed }) => ({
            answers: pickRows(answers, rows),
            passed: pickRows(passed, rows),
          })),
        }),
  }
}

/** Sets without a row here do not count as observed. */
function renumber({ of: all }: Grouping, rows: Uint32Array): Grouping {
  const numbers = new Map<number, number>()
  const of = Int32Array.from(rows, (row) => {
    const number = numbers.get(all[row]!) ?? numbers.size
    numbers.set(all[row]!, number)
    return number
  })
  return { of, count: numbers.size }
}

function mapped<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Map<string, U> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}

// One function for each type: a loop that has seen both runs at a fifth of the speed.
function pickRows<T extends Float64Array | Int32Array>(values: T, rows: Uint32Array): T
function pickRows(values: Float64Array | Int32Array, rows: Uint32Array): Float64Array | Int32Array {
  return values instanceof Float64Array ? pickNumbers(values, rows) : pickWhole(values, rows)
}

function pickNumbers(values: Float64Array, rows: Uint32Array): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let place = 0; place < rows.length; place++) picked[place] = values[rows[place]!]!
  return picked
}

function pickWhole(values: Int32Array, rows: Uint32Array): Int32Array {
  const picked = new Int32Array(rows.length)
  for (let place = 0; place < rows.length; place++) picked[place] = values[rows[place]!]!
  return picked
}

function rarerClass(labels: Int32Array): number {
  let positives = 0
  for (let row = 0; row < labels.length; row++) positives += labels[row]!
  return Math.min(positives, labels.length - positives)
}
