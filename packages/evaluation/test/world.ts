import { parseSection } from '@sluice/config'
import { type EvaluationPolicy, evaluationSection, type Roles, sliceSpec } from '@sluice/evaluation'
import type { Column, Table } from '../src/table/table.js'

/** A fixed generator (Park & Miller 1988): the same world on every machine. */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

export interface Row {
  readonly id: number | string
  readonly late: number
  readonly candidate: number
  readonly champion: number
  readonly origin: string
}

export const ROLES: Roles = {
  id: 'id',
  label: 'late',
  task: 'binary',
  classes: ['0', '1'],
  candidate: ['candidate'],
  champion: ['champion'],
  slices: [sliceSpec('origin')],
}

/**
 * Rows at some airports. Each model sees the truth through noise; `skill` is the weight of the truth in the
 * candidate's score, by airport, against 1 for the champion.
 */
export function world(options: {
  readonly rows: number
  readonly seed?: number
  readonly airports?: readonly string[]
  readonly skill?: (airport: string) => number
}): Row[] {
  const { rows, seed = 1, airports = ['JFK', 'LAX', 'ORD', 'SFO'], skill = () => 1 } = options
  const random = generator(seed)
  return Array.from({ length: rows }, (_, i) => {
    const origin = airports[i % airports.length]!
    const late = random() < 0.3 ? 1 : 0
    const shared = random()
    const score = (weight: number) => {
      const x = weight * (late - 0.5) * 2 + 3 * (shared - 0.5) + 1.5 * (random() - 0.5)
      return 1 / (1 + Math.exp(-x))
    }
    return { id: i, late, champion: score(1), candidate: score(skill(origin)), origin }
  })
}

export function tableOf(rows: readonly Row[]): Table {
  const words = [...new Set(rows.map((row) => row.origin))]
  const late = [...new Set(rows.map((row) => String(row.late)))]
  const numeric = rows.every((row) => typeof row.id === 'number')
  const columns: [string, Column][] = [
    [
      'id',
      {
        kind: 'key',
        values: numeric
          ? Float64Array.from(rows, (row) => Number(row.id))
          : rows.map((row) => String(row.id)),
      },
    ],
    [
      'late',
      { kind: 'word', words: late, codes: Int32Array.from(rows, (row) => late.indexOf(String(row.late))) },
    ],
    ['candidate', { kind: 'number', values: Float64Array.from(rows, (row) => row.candidate) }],
    ['champion', { kind: 'number', values: Float64Array.from(rows, (row) => row.champion) }],
    ['origin', { kind: 'word', words, codes: Int32Array.from(rows, (row) => words.indexOf(row.origin)) }],
  ]
  return { rows: rows.length, columns: new Map(columns) }
}

/** The section `evaluation` with these rules, as a user would write them. */
export function policy(
  rules: readonly Record<string, unknown>[],
  rest: Record<string, unknown> = {},
): EvaluationPolicy {
  const text = JSON.stringify({ evaluation: { label: 'late', ...rest, rules } })
  return parseSection(text, 'sluice.yaml', evaluationSection)
}
