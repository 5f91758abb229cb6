import { parseSection } from '@sluice/config'
import { type EvaluationPolicy, evaluationSection, type Roles, sliceSpec } from '@sluice/evaluation'
import { generator } from '../../../packages/evaluation/test/world.js'

export type Row = Record<string, string | number>

/** Rows with what makes trouble: ties, words that look like numbers or like SQL, empty cells, few rows of a slice. */
export function rowsAtRandom(seed: number, count: number): Row[] {
  const random = generator(seed)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const airports = ['JFK', 'LAX', "O'Hare", '1', '01', '', 'é', '--']
  return Array.from({ length: count }, (_, i) => {
    const late = random() < 0.35 ? 1 : 0
    const score = (skill: number) => {
      const x = skill * late + (1 - skill) * random()
      return random() < 0.3 ? Math.round(x * 10) / 10 : x
    }
    return {
      id: i * 3,
      late,
      candidate: score(0.35),
      champion: score(0.3),
      weight: pick([0, 0.5, 1, 2.25]),
      day: Math.floor(random() * 40),
      origin: i % 97 === 0 ? 'rare' : pick(airports),
      carrier: pick(['AA', 'DL']),
      distance: pick(['', 100, 499.5, 500, 1500, 2500, 'n/a']),
      latency: 1000 + random(),
      latencyBefore: 1000 + random(),
      judged: random() < 0.8 ? 1 : 0,
      judgedBefore: random() < 0.7 ? 1 : 0,
      delay: 10 * (random() - 0.3),
      guess: 10 * (random() - 0.3),
      guessBefore: 10 * (random() - 0.3),
    }
  })
}

export function csv(rows: readonly Row[]): string {
  const cell = (value: string | number) =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value
  const names = Object.keys(rows[0]!)
  return [names.join(','), ...rows.map((row) => names.map((name) => cell(row[name]!)).join(',')), ''].join(
    '\n',
  )
}

export const SLICES = [
  'origin',
  { column: 'origin', expect: ['JFK', 'nowhere'] },
  { cross: ['origin', 'carrier'] },
  { column: 'distance', ranges: [500, 1500] },
  { name: 'far with DL', where: "distance >= 499.5 and carrier == 'DL' or origin is missing" },
]

export function policyOf(
  rules: readonly Record<string, unknown>[],
  rest: Record<string, unknown> = {},
): EvaluationPolicy {
  return parseSection(
    JSON.stringify({ evaluation: { label: 'late', ...rest, rules } }),
    'sluice.yaml',
    evaluationSection,
  )
}

export function rolesFor(policy: EvaluationPolicy, rest: Partial<Roles> = {}): Roles {
  const specs = policy.rules.flatMap(({ slices = [] }) => slices.map(sliceSpec))
  return {
    id: 'id',
    label: 'late',
    task: policy.task,
    classes: ['0', '1'],
    candidate: ['candidate'],
    champion: ['champion'],
    slices: [...new Map(specs.map((spec) => [spec.key, spec])).values()],
    ...(policy.weight === undefined ? {} : { weight: policy.weight }),
    ...(policy.cluster === undefined ? {} : { cluster: policy.cluster }),
    ...rest,
  }
}

const BINARY = [
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'f2',
  'mcc',
  'kappa',
  'log_loss',
  'brier',
  'auc',
  'average_precision',
]
const GAPS = ['demographic_parity_difference', 'equalized_odds_difference', 'accuracy_difference']
export const everyRule = [
  ...BINARY.map((metric) => ({ metric, margin: 0.02 })),
  ...BINARY.map((metric) => ({ metric, margin: 0.05, minRows: 30, minPerClass: 3, slices: SLICES })),
  { metric: 'accuracy', margin: 0.05, minRows: 200, slices: ['origin'] },
  ...GAPS.map((metric) => ({ metric, atMost: 0.2, groups: 'carrier', minRows: 20 })),
]
