import {
  type AnySlice,
  type Examination,
  evaluationPredicate,
  examineRows,
  joinPredictions,
  sliceSpec,
} from '@sluice/evaluation'
import type { Column, Table } from '../../src/table/table.js'
import { generator, policy, ROLES } from '../world.js'

/** A flight of two equal models, but for where the candidate is made worse. */
export interface Flight {
  readonly id: number
  readonly late: number
  readonly candidate: number
  readonly champion: number
  readonly origin: string
  readonly carrier: string
  readonly distance: number
  readonly crew: string
}

/** @param worse where the candidate says the opposite of what it would */
export function flights(
  rows: number,
  seed: number,
  worse: (flight: Omit<Flight, 'candidate'>) => boolean = () => false,
): Flight[] {
  const random = generator(seed)
  const pick = (names: readonly string[]) => names[Math.floor(random() * names.length)]!
  return Array.from({ length: rows }, (_, id) => {
    const late = random() < 0.4 ? 1 : 0
    const both = random()
    const score = () => Math.min(0.99, Math.max(0.01, 0.25 * late + 0.5 * both + 0.25 * random()))
    const flight = {
      id,
      late,
      champion: score(),
      origin: pick(['ATL', 'JFK', 'LAX', 'ORD', "O'HARE"]),
      carrier: pick(['AA', 'DL', 'UA', 'WN']),
      distance: Math.floor(100 + 2900 * random() * random()),
      crew: `c${Math.floor(random() * 300)}`,
    }
    const candidate = score()
    return { ...flight, candidate: worse(flight) ? 1 - candidate : candidate }
  })
}

/** @param names of the columns, in the order that the table has them */
export function flightTable(rows: readonly Flight[], names: readonly (keyof Flight)[] = COLUMNS): Table {
  return { rows: rows.length, columns: new Map(names.map((name) => [name, columnOf(rows, name)])) }
}

const COLUMNS = ['id', 'late', 'candidate', 'champion', 'origin', 'carrier', 'distance', 'crew'] as const

function columnOf(rows: readonly Flight[], name: keyof Flight): Column {
  const values = rows.map((row) => row[name])
  if (name === 'id') return { kind: 'key', values: Float64Array.from(values as number[]) }
  if (name === 'candidate' || name === 'champion' || name === 'distance')
    return { kind: 'number', values: Float64Array.from(values as number[]) }
  const words = [...new Set(values.map(String))]
  return { kind: 'word', words, codes: Int32Array.from(values, (value) => words.indexOf(String(value))) }
}

export const BY = { values: ['origin', 'carrier'], ranges: ['distance'] }

/** What a rule with one search comes to. */
export function searched(
  table: Table,
  rule: Record<string, unknown>,
  { cluster, ...slice }: Record<string, unknown> & { readonly cluster?: string } = {},
): Examination {
  const find = { find: BY, depth: 2, ...slice }
  const own = policy([{ metric: 'log_loss', margin: 0.02, slices: [find], ...rule }])
  const specs = own.rules.flatMap((one) => (one.slices ?? []).map((each: AnySlice) => sliceSpec(each)))
  const roles = { ...ROLES, slices: specs, ...(cluster === undefined ? {} : { cluster }) }
  return examineRows(joinPredictions(table, table, roles), own)
}

/** All that is stated, as bytes. */
export function stated(examination: Examination, rule: Record<string, unknown> = {}): string {
  return JSON.stringify(
    evaluationPredicate(
      examination.findings,
      examination,
      policy([{ metric: 'auc', margin: 1, ...rule }]),
      [],
    ),
  )
}

/** `origin = 'JFK': bad` of every case. */
export function states({ outcomes }: Examination): string[] {
  return outcomes[0]!.cases.map(({ where, state }) =>
    where.kind === 'found' ? `${where.condition}: ${state}` : `${where.kind}: ${state}`,
  )
}
