import { parseSection } from '@sluice/config'
import {
  type AnySlice,
  type Column,
  type EvaluationPolicy,
  type Examination,
  evaluationSection,
  examineRows,
  joinPredictions,
  type Roles,
  sliceSpec,
  type Table,
} from '@sluice/evaluation'
import { sample, type World } from './binormal.js'
import { ALPHA } from './coverage.js'
import { Random } from './random.js'

const WORLD: World = {
  name: 'found slices',
  rows: 6000,
  prevalence: 0.3,
  skill: 1.5,
  slope: 1,
  shared: 0.6,
}
/** Columns that have nothing to do with the models: 4 of 5 values each, and a number. */
const WORDS = ['a', 'b', 'c', 'd']
const VALUES = 5
const SEARCH = { find: { values: WORDS, ranges: ['x'] }, depth: 2, atMost: 10 } as const satisfies AnySlice
const MIN_ROWS = 100
/** Share of its skill that the candidate keeps on the slice on which it is worse. */
const KEPT = 0.1

export const FOUND_METRICS = ['auc', 'log_loss'] as const
type Found = (typeof FOUND_METRICS)[number]

/** Shares of runs. */
export interface FoundSlices {
  readonly metric: Found
  readonly runs: number
  /** Equal models: a slice is called worse, tested on the other half, or on the rows that it was found in. */
  readonly blocked: number
  readonly blockedWhereFound: number
  /** The candidate has lost most of its skill on one row in 25, of two values together: that very slice blocks. */
  readonly found: number
}

/** @param seed the same rows for every metric */
export function foundSlices(metric: Found, runs: number, seed: number): FoundSlices {
  const random = new Random(seed)
  const counts = { blocked: 0, blockedWhereFound: 0, found: 0 }
  for (let run = 0; run < runs; run++) {
    const equal = table(random)
    const { examination, halves } = examine(equal, metric, [SEARCH])
    if (blocks(examination)) counts.blocked++
    const conditions = examination.outcomes[0]!.cases.flatMap(({ where }) =>
      where.kind === 'found' ? [{ name: 'found', where: where.condition }] : [],
    )
    if (conditions.length > 0) {
      const searched = onlyRows(equal, (row) => halves[row] === 0)
      if (blocks(examine(searched, metric, conditions).examination)) counts.blockedWhereFound++
    }
    const worse = examine(table(random, KEPT), metric, [SEARCH]).examination
    const planted = worse.outcomes[0]!.cases.find(
      ({ where }) => where.kind === 'found' && where.condition === PLANTED,
    )
    if (planted?.state === 'bad') counts.found++
  }
  return {
    metric,
    runs,
    blocked: counts.blocked / runs,
    blockedWhereFound: counts.blockedWhereFound / runs,
    found: counts.found / runs,
  }
}

const PLANTED = "a = '0' and b = '0'"

/** @param skill share of its skill that the candidate keeps where `a` and `b` are 0 */
function table(random: Random, skill = 1): Table {
  const { rows } = WORLD
  const { candidate, champion } = sample(WORLD, random)
  const values = WORDS.map(() =>
    Int32Array.from({ length: rows }, () => Math.floor(VALUES * random.uniform())),
  )
  const scores = candidate.scores[0]!.slice()
  const labels = candidate.labels.slice()
  const others = champion.scores[0]!.slice()
  if (skill !== 1) {
    const lost = sample(WORLD, random, WORLD.skill * skill)
    for (let row = 0; row < rows; row++) {
      if (values[0]![row] !== 0 || values[1]![row] !== 0) continue
      scores[row] = lost.candidate.scores[0]![row]!
      others[row] = lost.champion.scores[0]![row]!
      labels[row] = lost.candidate.labels[row]!
    }
  }
  const word = (codes: Int32Array, words: readonly string[]): Column => ({ kind: 'word', codes, words })
  const digits = Array.from({ length: VALUES }, (_, value) => String(value))
  return {
    rows,
    columns: new Map<string, Column>([
      ['id', { kind: 'key', values: Float64Array.from({ length: rows }, (_, row) => row) }],
      ['label', word(labels, ['0', '1'])],
      ['candidate', { kind: 'number', values: scores }],
      ['champion', { kind: 'number', values: others }],
      ['x', { kind: 'number', values: Float64Array.from({ length: rows }, () => random.uniform()) }],
      ...WORDS.map((name, i): [string, Column] => [name, word(values[i]!, digits)]),
    ]),
  }
}

function examine(data: Table, metric: Found, slices: readonly AnySlice[]) {
  const rule = { metric, margin: 0, minRows: MIN_ROWS, slices }
  const policy: EvaluationPolicy = parseSection(
    JSON.stringify({ evaluation: { alpha: ALPHA, rules: [rule] } }),
    'sluice.yaml',
    evaluationSection,
  )
  const roles: Roles = {
    id: 'id',
    label: 'label',
    task: 'binary',
    classes: ['0', '1'],
    candidate: ['candidate'],
    champion: ['champion'],
    slices: slices.map((slice) => sliceSpec(slice)),
  }
  const joined = joinPredictions(data, data, roles)
  const halves =
    joined.state === 'joined' ? (joined.predictions.search?.halves ?? new Uint8Array()) : new Uint8Array()
  return { examination: examineRows(joined, policy), halves }
}

function blocks({ outcomes }: Examination): boolean {
  return outcomes[0]!.verdict === 'fail'
}

function onlyRows(data: Table, keep: (row: number) => boolean): Table {
  const rows = Array.from({ length: data.rows }, (_, row) => row).filter(keep)
  const columns = [...data.columns].map(([name, column]): [string, Column] => {
    if (column.kind === 'word')
      return [name, { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) }]
    if (column.kind === 'any') throw new TypeError('no column is read as any')
    return [name, { ...column, values: Float64Array.from(rows, (row) => Number(column.values[row])) }]
  })
  return { rows: rows.length, columns: new Map(columns) }
}
