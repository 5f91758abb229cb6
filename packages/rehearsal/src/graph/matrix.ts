import { SluiceError } from '@sluice/errors'
import type { Value } from '../contract.js'
import { isList, isMap } from '../expression/values.js'

type Entry = Readonly<Record<string, Value>>

/** One job of a matrix. */
export interface Combination {
  readonly matrix: Entry
  /** Scalars of the product in order, for the name behind a job's own; what `include` adds is not named. */
  readonly segments: readonly string[]
}

/** GitHub's limit per run. */
export const MATRIX_LIMIT = 256

/**
 * The jobs of a matrix whose expressions have been evaluated (as actions/runner's `MatrixBuilder`): the product of the
 * lists in their order, without what `exclude` matches, with what `include` adds to the combinations that it fits;
 * an `include` that fits none is a combination of its own.
 * @throws SluiceError MATRIX_INVALID
 */
export function expandMatrix(matrix: Value): Combination[] {
  if (!isMap(matrix)) throw invalid('is no mapping')
  const { include, exclude, ...rest } = matrix
  const vectors = Object.entries(rest).map(([name, list]) => {
    if (!isList(list)) throw invalid(`has no list at \`${name}\``)
    if (list.length === 0) throw invalid(`has no values at \`${name}\``)
    return [name, list] as const
  })
  const excluded = entries(exclude, 'exclude')
  const additions = entries(include, 'include').map((entry) => ({
    ...split(entry, rest),
    entry,
    matched: false,
  }))
  const found: Combination[] = []
  for (const combination of product(vectors)) {
    if (excluded.some((entry) => covers(combination, entry))) continue
    const extra: Record<string, Value> = {}
    for (const addition of additions) {
      if (!covers(combination, addition.filter)) continue
      addition.matched = true
      Object.assign(extra, addition.extra)
    }
    found.push({ matrix: { ...combination, ...extra }, segments: segmentsOf(combination) })
  }
  for (const { entry, matched } of additions) {
    if (!matched) found.push({ matrix: entry, segments: segmentsOf(entry) })
  }
  if (found.length === 0) throw invalid('makes no job')
  if (found.length > MATRIX_LIMIT)
    throw invalid(`makes ${found.length} jobs; GitHub runs at most ${MATRIX_LIMIT}`)
  return found
}

function product(vectors: readonly (readonly [string, readonly Value[]])[]): Record<string, Value>[] {
  if (vectors.length === 0) return []
  const size = vectors.reduce((total, [, list]) => total * list.length, 1)
  // Exclusions may shrink a product; beyond this it is not worth making.
  if (size > 100 * MATRIX_LIMIT) throw invalid(`makes ${size} combinations`)
  return vectors.reduce<Record<string, Value>[]>(
    (rows, [name, list]) => rows.flatMap((row) => list.map((value) => ({ ...row, [name]: value }))),
    [{}],
  )
}

function split(entry: Entry, vectors: Entry): { filter: Entry; extra: Entry } {
  const pairs = Object.entries(entry)
  return {
    filter: Object.fromEntries(pairs.filter(([name]) => Object.hasOwn(vectors, name))),
    extra: Object.fromEntries(pairs.filter(([name]) => !Object.hasOwn(vectors, name))),
  }
}

function entries(value: Value | undefined, key: string): Entry[] {
  if (value === undefined || value === null) return []
  if (!isList(value)) throw invalid(`has no list at \`${key}\``)
  return value.map((entry) => {
    if (!isMap(entry) || Object.keys(entry).length === 0)
      throw invalid(`has an entry of \`${key}\` without values`)
    return entry
  })
}

/** Whether all that `filter` says is so in `value`; nested mappings may say less than there is. */
function covers(value: Value | undefined, filter: Value): boolean {
  if (isMap(filter)) {
    return isMap(value) && Object.entries(filter).every(([key, part]) => covers(value[key], part))
  }
  if (isList(filter)) {
    return (
      value !== undefined &&
      isList(value) &&
      value.length === filter.length &&
      filter.every((part, index) => covers(value[index], part))
    )
  }
  if (typeof value === 'string' && typeof filter === 'string')
    return value.toLowerCase() === filter.toLowerCase()
  return value === filter
}

function segmentsOf(value: Value): string[] {
  if (isList(value)) return value.flatMap(segmentsOf)
  if (isMap(value)) return Object.values(value).flatMap(segmentsOf)
  return value === null || value === '' ? [] : [String(value)]
}

function invalid(what: string): SluiceError {
  return new SluiceError('MATRIX_INVALID', `The matrix ${what}.`, {
    remedy: 'Correct `strategy.matrix`, or the output that it is made of.',
  })
}

/** GitHub's name for a job of a matrix: the segments in brackets, at most 100 characters. */
export function matrixName(name: string, segments: readonly string[]): string {
  const whole = segments.length === 0 ? name : `${name} (${segments.join(', ')})`
  return whole.length > 100 ? `${whole.slice(0, 97)}...` : whole
}
