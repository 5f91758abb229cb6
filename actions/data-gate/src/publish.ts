import { type DataPolicy, type DriftOutcome, driftText } from '@sluice/evaluation'
import {
  attestedVerdict,
  type Finding,
  type ResourceDescriptor,
  type Section,
  type Statement,
  type Subject,
  testResultStatement,
} from '@sluice/verdict'
import type { CheckedTable } from './check-table.js'
import type { ReadResult } from './results.js'

/** The worst that was found, else what was shown. */
export function headline(
  table: CheckedTable | undefined,
  results: readonly ReadResult[],
  findings: readonly Finding[],
): string {
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  for (const level of ['error', 'unknown'] as const) {
    const found = live.filter((finding) => finding.level === level)
    const [first] = found
    if (first === undefined) continue
    return `${first.message}${found.length > 1 ? ` And ${found.length - 1} more.` : ''}`
  }
  const parts: string[] = []
  if (table !== undefined) {
    const { outcomes, rows, schema } = table
    parts.push(`${rows} rows with ${schema.columns.length} columns are what they must be`)
    if (outcomes.length > 0)
      parts.push(`${outcomes.length} comparisons with the reference show no more drift than allowed`)
  }
  if (results.length > 0)
    parts.push(`${results.reduce((sum, { passed }) => sum + passed, 0)} checks of other tools passed`)
  return `${parts.join('; ')}.`
}

const STATES = { good: 'holds', bad: 'has moved', undecided: 'undecided' } as const

export function sections(table: CheckedTable | undefined, results: readonly ReadResult[]): Section[] {
  const outcomes = [...(table?.outcomes ?? [])].sort((a, b) => rank(a) - rank(b) || relative(b) - relative(a))
  return [
    {
      kind: 'table',
      title: 'Drift',
      open: outcomes.some(({ state }) => state === 'bad'),
      columns: ['Column', 'State', 'Shown', 'Method', 'p of no drift'],
      rows: outcomes.map((one) => [
        one.column,
        STATES[one.state],
        one.shown === undefined ? (one.because ?? '') : driftText(one),
        one.shown?.method ?? '',
        chance(one.shown?.p),
      ]),
    },
    {
      kind: 'table',
      title: 'Columns',
      open: (table?.schema.findings.length ?? 0) > 0,
      columns: ['Column', 'Must be', 'Missing', 'Found'],
      rows: (table?.schema.columns ?? []).map(({ missing, name, problems, rows, type }) => [
        name,
        type,
        `${missing} of ${rows}`,
        problems.length === 0 ? 'as it must be' : problems.join('; '),
      ]),
    },
    {
      kind: 'table',
      title: 'Other tools',
      columns: ['File', 'Tool', 'Checks', 'Passed'],
      rows: results.map(({ checks, file, passed, tool }) => [file, tool, String(checks), String(passed)]),
    },
  ]
}

/** A p-value below the least double is not 0. */
function chance(p: number | undefined): string {
  if (p === undefined) return ''
  return p === 0 ? '< 1e-300' : p.toPrecision(2)
}

function rank({ state }: DriftOutcome): number {
  return { bad: 0, undecided: 1, good: 2 }[state]
}

/** Drift in units of what is allowed. */
function relative({ rule, shown }: DriftOutcome): number {
  return (shown?.value ?? 0) / (rule.atMost || 1)
}

/** The gate's verdict as a test result, with the digests of all that it read and the numbers that it rests on. */
export function evidence(
  subject: Subject,
  table: CheckedTable | undefined,
  results: readonly ReadResult[],
  findings: readonly Finding[],
  policy: DataPolicy,
): Statement {
  const outcomes = table?.outcomes ?? []
  const columns = table?.schema.columns ?? []
  const nameOf = ({ column, rule }: DriftOutcome) => `${rule.measure} of ${column} at most ${rule.atMost}`
  const drift = (...states: DriftOutcome['state'][]) =>
    outcomes.filter((one) => states.includes(one.state)).map(nameOf)
  const schema = (whole: boolean) =>
    columns.filter(({ problems }) => (problems.length === 0) === whole).map(({ name }) => `schema of ${name}`)
  const others = (whole: boolean) =>
    results.filter((one) => (one.findings.length === 0) === whole).map(({ file, tool }) => `${tool}: ${file}`)
  const accepted = new Set(findings.filter(({ waivedBy }) => waivedBy !== undefined).map(({ rule }) => rule))
  return testResultStatement(subject, {
    check: 'data-gate',
    verdict: attestedVerdict(findings),
    configuration: [
      ...filesOf(table, results),
      { name: 'data', annotations: { ...policy } },
      {
        name: 'drift',
        annotations: {
          outcomes: outcomes.map(({ column, rule, shown, state }) => ({
            column,
            measure: rule.measure,
            state,
            ...shown,
          })),
        },
      },
    ],
    passed: [...schema(true), ...drift('good'), ...others(true)],
    warned: [...accepted],
    failed: [...schema(false), ...drift('bad', 'undecided'), ...others(false)],
  })
}

function filesOf(table: CheckedTable | undefined, results: readonly ReadResult[]): ResourceDescriptor[] {
  const described = (name: string, sha256: string, role: string) => ({
    name,
    digest: { sha256 },
    annotations: { role },
  })
  return [
    ...(table === undefined ? [] : [described(table.current.name, table.current.sha256, 'data')]),
    ...(table?.reference === undefined
      ? []
      : [described(table.reference.name, table.reference.sha256, 'reference')]),
    ...results.map(({ file, sha256, tool }) => described(file, sha256, `results of ${tool}`)),
  ]
}
