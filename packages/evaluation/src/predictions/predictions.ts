import type { Finding } from '@sluice/verdict'
import type { Grouping } from '../metrics/metric.js'
import { deriveSlices, NO_SLICE } from '../slices/derive.js'
import { sliceColumns } from '../slices/spec.js'
import {
  columnOf,
  type KeyColumn,
  type NumberColumn,
  plainColumn,
  type Table,
  type WordColumn,
} from '../table/table.js'
import type { Task } from '../tasks/task.js'
import { idsDuplicate, idsUnmatched, noRows, partsDiffer } from './data-findings.js'
import { halfOf } from './halves.js'
import { type Named, namedOf } from './named.js'
import { duplicates, inOrder, orderOf, unmatched } from './order.js'
import { collapseRepeats } from './repeats.js'
import type { Roles } from './roles.js'
import { type RowIds, rowIds } from './row-ids.js'
import { truthFindings, truthOf } from './truth.js'

/** Rows with their scores by both models, in rising order of their ids: one order, whatever the files'. */
export interface Predictions {
  readonly rows: number
  readonly task: Task
  readonly classes: readonly string[]
  /** Class of each row; zero where the task has none. */
  readonly labels: Int32Array
  /** The true number of each row (regression, forecasting), its relevance (ranking). */
  readonly targets?: Float64Array
  /** Whether each row has each class (multilabel). */
  readonly truths?: readonly Int32Array[]
  readonly candidate: readonly Float64Array[]
  readonly champion?: readonly Float64Array[]
  readonly quantiles?: readonly number[]
  readonly weights?: Float64Array
  readonly queries?: Grouping
  /** Which slice each row is in, by the key of the declaration; `NO_SLICE` for none. */
  readonly slices: ReadonlyMap<string, WordColumn>
  readonly clusters?: Grouping
  readonly groupings?: ReadonlyMap<string, WordColumn>
  /** What rules name besides scores, of each model. */
  readonly named?: { readonly candidate: Named; readonly champion?: Named }
  readonly ids: RowIds
  /** Where slices are looked for: by what, and which half each row is in (halves.ts). */
  readonly search?: {
    readonly columns: ReadonlyMap<string, WordColumn | NumberColumn>
    readonly halves: Uint8Array
  }
}

export type Joined =
  | { readonly state: 'joined'; readonly predictions: Predictions }
  | { readonly state: 'refused'; readonly findings: readonly Finding[] }

/**
 * Joins the candidate's rows with the champion's by id. Every id must be there once on both sides and have
 * the same label, and the same slices and cluster where the champion's file has those: what does not pair is refused,
 * not dropped. Several answers to one id are first made one row.
 * @param championTable the same table when both models' scores stand in one file; undefined without a champion
 * @throws SluiceError LABELS_UNREADABLE
 */
export function joinPredictions(
  candidateTable: Table,
  championTable: Table | undefined,
  roles: Roles,
): Joined {
  const ours = collapseRepeats(candidateTable, roles)
  const other =
    championTable === undefined
      ? undefined
      : championTable === candidateTable
        ? ours
        : collapseRepeats(championTable, roles)
  const repeated = [...ours.findings, ...(other === undefined || other === ours ? [] : other.findings)]
  if (repeated.length > 0) return refused(...repeated)
  const [candidate, champion] = [ours.table, other?.table]
  if (candidate.rows === 0) return refused(noRows())
  const keys = columnOf(candidate, roles.id, 'key').values
  const order = orderOf(keys)
  const findings = [...duplicateFindings('candidate', keys, order)]
  const truth = truthOf(candidate, roles, order)
  let theirs: readonly Float64Array[] | undefined
  let theirNamed: Named | undefined
  if (champion !== undefined && roles.champion !== undefined) {
    let theirOrder = order
    if (champion !== candidate) {
      const theirKeys = columnOf(champion, roles.id, 'key').values
      theirOrder = orderOf(theirKeys)
      findings.push(...duplicateFindings('champion', theirKeys, theirOrder))
      findings.push(...unmatchedFindings(keys, order, theirKeys, theirOrder))
      if (findings.length === 0) {
        findings.push(...truthFindings(truth, truthOf(champion, roles, theirOrder)))
        findings.push(...groupFindings(candidate, order, champion, theirOrder, roles))
      }
    }
    theirs = scoresOf(champion, roles.champion, theirOrder)
    theirNamed = namedOf(champion, roles, 'champion', theirOrder, other!.repeats)
  }
  if (findings.length > 0) return { state: 'refused', findings }
  return {
    state: 'joined',
    predictions: {
      rows: candidate.rows,
      task: roles.task,
      classes: roles.classes,
      ...truth,
      candidate: scoresOf(candidate, roles.candidate, order),
      ...(theirs === undefined ? {} : { champion: theirs }),
      slices: new Map(
        roles.slices.flatMap((spec) =>
          spec.kind === 'search' ? [] : [[spec.key, sortedWords(deriveSlices(spec, candidate), order)]],
        ),
      ),
      ids: rowIds(columnOf(candidate, roles.id, 'key'), order),
      ...searchOf(candidate, roles, order),
      ...(roles.cluster === undefined ? {} : { clusters: groupingOf(candidate, roles.cluster, order) }),
      ...(roles.query === undefined ? {} : { queries: groupingOf(candidate, roles.query, order) }),
      ...(roles.weight === undefined
        ? {}
        : { weights: inOrder(columnOf(candidate, roles.weight, 'number').values, order) }),
      ...(roles.quantiles === undefined ? {} : { quantiles: roles.quantiles }),
      groupings: new Map(
        (roles.groupings ?? []).map((name) => [name, sortedWords(columnOf(candidate, name, 'word'), order)]),
      ),
      named: {
        candidate: namedOf(candidate, roles, 'candidate', order, ours.repeats),
        ...(theirNamed === undefined ? {} : { champion: theirNamed }),
      },
    },
  }
}

function scoresOf(table: Table, names: readonly string[], order: Uint32Array): Float64Array[] {
  return names.map((name) => inOrder(columnOf(table, name, 'number').values, order))
}

/** The same words in alphabetical order, so that no code hangs on the order of the file. */
function sortedWords({ codes, words }: WordColumn, order: Uint32Array): WordColumn {
  const sorted = [...words].sort()
  const places = new Map(sorted.map((word, place) => [word, place]))
  const place = words.map((word) => places.get(word)!)
  const renamed = new Int32Array(codes.length)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!
    renamed[row] = code === NO_SLICE ? NO_SLICE : place[code]!
  }
  return { kind: 'word', words: sorted, codes: inOrder(renamed, order) }
}

/** What slices are looked for by, and the halves: of clusters where there are any, so that none is in both. */
function searchOf(table: Table, roles: Roles, order: Uint32Array): Pick<Predictions, 'search'> {
  const searches = roles.slices.filter(({ kind }) => kind === 'search')
  if (searches.length === 0) return {}
  const columns = new Map<string, WordColumn | NumberColumn>()
  for (const name of sliceColumns(searches).keys()) {
    const column = plainColumn(table, name)
    columns.set(
      name,
      column.kind === 'number'
        ? { kind: 'number', values: inOrder(column.values, order) }
        : sortedWords(columnOf(table, name, 'word'), order),
    )
  }
  const together = roles.cluster ?? roles.query
  if (together === undefined) {
    const ids = rowIds(columnOf(table, roles.id, 'key'), order)
    return { search: { columns, halves: Uint8Array.from(order, (_, place) => halfOf(ids.at(place))) } }
  }
  const { codes, words } = columnOf(table, together, 'word')
  const ofWord = words.map(halfOf)
  return { search: { columns, halves: Uint8Array.from(order, (row) => ofWord[codes[row]!]!) } }
}

function groupingOf(table: Table, name: string, order: Uint32Array): Grouping {
  const { codes, words } = sortedWords(columnOf(table, name, 'word'), order)
  return { of: codes, count: words.length }
}

function* duplicateFindings(
  side: 'candidate' | 'champion',
  keys: KeyColumn['values'],
  order: Uint32Array,
): Iterable<Finding> {
  const { count, examples } = duplicates(keys, order)
  if (count > 0) yield idsDuplicate(side, count, examples)
}

function* unmatchedFindings(
  keys: KeyColumn['values'],
  order: Uint32Array,
  theirKeys: KeyColumn['values'],
  theirOrder: Uint32Array,
): Iterable<Finding> {
  const comparable = typeof keys[0] === typeof theirKeys[0]
  const [left, right] = comparable ? [keys, theirKeys] : [textual(keys), textual(theirKeys)]
  const [leftOrder, rightOrder] = comparable ? [order, theirOrder] : [orderOf(left), orderOf(right)]
  const { onlyLeft, onlyRight, examples } = unmatched(left, leftOrder, right, rightOrder)
  if (onlyLeft + onlyRight > 0) yield idsUnmatched(onlyLeft, onlyRight, examples)
}

function textual(keys: KeyColumn['values']): string[] {
  return Array.from(keys as ArrayLike<string | number>, String)
}

function* groupFindings(
  candidate: Table,
  order: Uint32Array,
  champion: Table,
  theirOrder: Uint32Array,
  { slices, cluster, query, weight, prompt, target, groupings = [] }: Roles,
): Iterable<Finding> {
  const parts = [cluster, query, weight, prompt, target].filter((name) => name !== undefined)
  for (const name of new Set([...sliceColumns(slices).keys(), ...parts, ...groupings])) {
    if (!champion.columns.has(name)) continue
    const theirs = plainColumn(champion, name)
    const ours = plainColumn(candidate, name)
    let differing = 0
    for (let place = 0; place < order.length; place++)
      if (!Object.is(cellOf(ours, order[place]!), cellOf(theirs, theirOrder[place]!))) differing++
    if (differing > 0)
      yield partsDiffer(name, differing, name === prompt ? 'prompt' : name === target ? 'target' : 'part')
  }
}

function cellOf(column: ReturnType<typeof plainColumn>, row: number): string | number {
  return column.kind === 'word' ? column.words[column.codes[row]!]! : column.values[row]!
}

function refused(...findings: Finding[]): Joined {
  return { state: 'refused', findings }
}
