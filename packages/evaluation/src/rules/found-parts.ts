import { undefinedBecause } from '../metrics/metric.js'
import { TESTED } from '../predictions/halves.js'
import type { Predictions } from '../predictions/predictions.js'
import type { Halves } from '../slices/search/column.js'
import { searchSlices } from '../slices/search/search.js'
import type { SearchSpec } from '../slices/spec.js'
import type { Found, Part, SearchOutcome, Sought, Where } from './part.js'

/**
 * Looks for slices in one half of the rows, and gives what it found as parts of the other half, which had no say in it:
 * what is tested there is tested for the first time. Where nothing looks worse than the rest, the half itself is the
 * part, so that no candidate passes for having lost everywhere alike. Where nothing could be looked at, it is a part of
 * which nothing is known; so it is where none of those that look worse can be tested.
 * @param part makes a part of rows, by their places
 */
export function foundParts(
  predictions: Predictions,
  spec: SearchSpec,
  sought: Sought,
  part: (where: Where, rows: Uint32Array) => Part,
): Found | undefined {
  const { search, labels, task } = predictions
  if (search === undefined) return undefined
  const halves = split(search.halves)
  const fits = (rows: Uint32Array) => task !== 'binary' || rarerClass(labels, rows) >= sought.minPerClass
  const outcome = {
    by: [...spec.values, ...spec.ranges],
    depth: spec.depth,
    searchedRows: halves.searched.length,
    testedRows: halves.tested.length,
  }
  const half = () => part({ kind: 'half' }, halves.tested)
  const losses = part({ kind: 'half' }, halves.searched).each!.losses(
    sought.metric,
    sought.good,
    sought.compared,
  )
  const unknown = (because: string, rest: Omit<SearchOutcome, keyof typeof outcome>): Found => {
    const nothing = undefinedBecause(`no slice could be tested: ${because}`)
    const { each: _, ...rows } = half()
    return {
      parts: [{ ...rows, measure: () => nothing, compare: () => nothing }],
      search: { ...outcome, ...rest },
    }
  }
  if (losses.state === 'undefined') {
    const { minRows } = sought
    return unknown(losses.because, {
      support: { searched: minRows, tested: minRows },
      looked: 0,
      found: 0,
      unfit: 0,
    })
  }
  const { looked, found, support, unfit } = searchSlices(
    spec,
    search.columns,
    halves,
    losses.losses,
    sought.minRows,
    fits,
  )
  const rest = { support, looked, found: found.length, unfit }
  if (looked === 0)
    return unknown(
      `none has ${support.searched} rows in the half that is searched and ${support.tested} in the other`,
      rest,
    )
  if (found.length === 0 && unfit > 0)
    return unknown(`those that look worse have fewer than ${sought.minPerClass} rows of a class`, rest)
  const parts = found.map(({ condition, rows }) => part({ kind: 'found', condition }, rows))
  return { parts: parts.length > 0 ? parts : [half()], search: { ...outcome, ...rest } }
}

function split(halves: Uint8Array): Halves {
  let tested = 0
  for (const half of halves) if (half === TESTED) tested++
  const found = { searched: new Uint32Array(halves.length - tested), tested: new Uint32Array(tested) }
  const next = { searched: 0, tested: 0 }
  for (let row = 0; row < halves.length; row++) {
    if (halves[row] === TESTED) found.tested[next.tested++] = row
    else found.searched[next.searched++] = row
  }
  return found
}

function rarerClass(labels: Int32Array, rows: Uint32Array): number {
  let positives = 0
  for (const row of rows) positives += labels[row]!
  return Math.min(positives, rows.length - positives)
}
