import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  checkSchema,
  type DataPolicy,
  type DriftOutcome,
  dataSection,
  driftFindings,
  driftText,
  inferSchema,
  judgeDrift,
  type SchemaReport,
} from '@sluice/evaluation'
import { type Context, readWaivers } from '@sluice/toolkit'
import {
  attestedVerdict,
  type Finding,
  fingerprint,
  parseSubject,
  type Result,
  resultOf,
  type Section,
  type Statement,
  type Subject,
  testResultStatement,
} from '@sluice/verdict'
import type { Inputs } from './action.js'
import { type OpenedTable, openTable, readAll, readKeys, readWanted } from './read.js'

/** Holds a table against its schema, and against its reference. */
export async function gateData(inputs: Inputs, context: Context): Promise<Result> {
  const policy = await loadSection(context.workspace, inputs.config, dataSection)
  const current = await openTable(context.workspace, inputs.data)
  if (inputs.infer !== undefined) return await infer(current, inputs.infer, context)
  const accept = await readWaivers(inputs, context, 'data')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  refuseNothing(policy, inputs)
  const reference =
    inputs.reference === undefined ? undefined : await openTable(context.workspace, inputs.reference)

  const moved = [...new Set(policy.drift.flatMap(({ columns }) => columns))]
  const table = await readWanted(current, [...Object.keys(policy.columns), ...moved])
  const unique = Object.entries(policy.columns).filter(([, rule]) => rule.unique)
  const keys = await readKeys(current, [...policy.key, ...unique.map(([name]) => name)])
  const schema = checkSchema(table, keys, current.columns, policy)
  const outcomes =
    reference === undefined ? [] : judgeDrift(await readWanted(reference, moved), table, policy)
  const findings = accept([...schema.findings, ...sameTable(current, reference), ...driftFindings(outcomes)])
  return resultOf({
    headline: headline(schema, outcomes, findings, table.rows),
    findings,
    sections: sections(schema, outcomes),
    outputs: {
      rows: String(table.rows),
      columns: String(schema.columns.length),
      drifted: outcomes
        .filter(({ state }) => state === 'bad')
        .map(({ column }) => column)
        .join('\n'),
      schema: '',
    },
    statements:
      subject === undefined
        ? []
        : [evidence(subject, { current, reference }, schema, outcomes, findings, policy)],
  })
}

async function infer(table: OpenedTable, file: string, context: Context): Promise<Result> {
  const { keys, table: all } = await readAll(table)
  const yaml = inferSchema(all, keys)
  const path = await context.workspace.write(file, yaml)
  return resultOf({
    verdict: 'pass',
    headline: `A schema of ${table.columns.length} columns was inferred from ${all.rows} rows; nothing was checked.`,
    sections: [{ kind: 'command', title: 'For sluice.yaml, once a person has read it', command: yaml }],
    outputs: { rows: String(all.rows), columns: '0', drifted: '', schema: path },
  })
}

/** A gate without rules would let everything through. */
function refuseNothing({ columns, drift, key, rows }: DataPolicy, { reference }: Inputs): void {
  if (
    Object.keys(columns).length + drift.length + key.length === 0 &&
    rows.min === 1 &&
    rows.max === undefined
  ) {
    throw new SluiceError('DATA_NO_RULES', 'There is nothing to hold the data against.', {
      remedy: 'Write `data.columns` or `data.drift` in sluice.yaml; the input `infer` makes a beginning.',
    })
  }
  if (drift.length > 0 && reference === undefined) {
    throw new SluiceError(
      'DATA_REFERENCE_MISSING',
      '`data.drift` compares with a reference, and none is given.',
      {
        remedy: 'Give `reference`, or take `drift` out of sluice.yaml.',
      },
    )
  }
  if (drift.length === 0 && reference !== undefined) {
    throw new SluiceError('DATA_REFERENCE_UNUSED', '`reference` is given, and no rule compares with it.', {
      remedy: 'Write rules under `data.drift` in sluice.yaml, or leave `reference` out.',
    })
  }
}

function sameTable(current: OpenedTable, reference: OpenedTable | undefined): Finding[] {
  if (reference === undefined || reference.sha256 !== current.sha256) return []
  return [
    {
      rule: 'data/reference-is-current',
      level: 'error',
      message: 'Data and reference have the same content: the table is compared with itself.',
      remedy: 'Give the reference’s own table.',
      fingerprint: fingerprint('data/reference-is-current'),
      waivable: false,
    },
  ]
}

function headline(
  schema: SchemaReport,
  outcomes: readonly DriftOutcome[],
  findings: readonly Finding[],
  rows: number,
): string {
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  for (const level of ['error', 'unknown'] as const) {
    const found = live.filter((finding) => finding.level === level)
    const [first] = found
    if (first === undefined) continue
    const more = found.length - 1
    return `${first.message}${more > 0 ? ` And ${more} more.` : ''}`
  }
  const compared =
    outcomes.length === 0
      ? ''
      : `; ${outcomes.length} comparisons with the reference show no more drift than allowed`
  return `${rows} rows with ${schema.columns.length} columns are what they must be${compared}.`
}

const STATES = { good: 'holds', bad: 'has moved', undecided: 'undecided' } as const

function sections(schema: SchemaReport, outcomes: readonly DriftOutcome[]): Section[] {
  const worst = [...outcomes].sort((a, b) => rank(a) - rank(b) || relative(b) - relative(a))
  return [
    {
      kind: 'table',
      title: 'Drift',
      open: outcomes.some(({ state }) => state === 'bad'),
      columns: ['Column', 'State', 'Shown', 'Method', 'p of no drift'],
      rows: worst.map((one) => [
        one.column,
        STATES[one.state],
        one.shown === undefined ? (one.because ?? '') : driftText(one),
        one.shown?.method ?? '',
        one.shown?.p === undefined ? '' : one.shown.p.toPrecision(2),
      ]),
    },
    {
      kind: 'table',
      title: 'Columns',
      open: schema.findings.length > 0,
      columns: ['Column', 'Must be', 'Missing', 'Found'],
      rows: schema.columns.map(({ missing, name, problems, rows, type }) => [
        name,
        type,
        `${missing} of ${rows}`,
        problems.length === 0 ? 'as it must be' : problems.join('; '),
      ]),
    },
  ]
}

function rank({ state }: DriftOutcome): number {
  return { bad: 0, undecided: 1, good: 2 }[state]
}

/** Drift in units of what is allowed. */
function relative({ rule, shown }: DriftOutcome): number {
  return (shown?.value ?? 0) / (rule.atMost || 1)
}

function evidence(
  subject: Subject,
  { current, reference }: { readonly current: OpenedTable; readonly reference: OpenedTable | undefined },
  schema: SchemaReport,
  outcomes: readonly DriftOutcome[],
  findings: readonly Finding[],
  policy: DataPolicy,
): Statement {
  const nameOf = ({ column, rule }: DriftOutcome) => `${rule.measure} of ${column} at most ${rule.atMost}`
  const named = (state: DriftOutcome['state']) => outcomes.filter((one) => one.state === state).map(nameOf)
  const broken = schema.columns.filter(({ problems }) => problems.length > 0)
  const whole = schema.columns.filter(({ problems }) => problems.length === 0)
  const accepted = new Set(findings.filter(({ waivedBy }) => waivedBy !== undefined).map(({ rule }) => rule))
  return testResultStatement(subject, {
    check: 'data-gate',
    verdict: attestedVerdict(findings),
    configuration: [
      { name: current.name, digest: { sha256: current.sha256 }, annotations: { role: 'data' } },
      ...(reference === undefined
        ? []
        : [
            {
              name: reference.name,
              digest: { sha256: reference.sha256 },
              annotations: { role: 'reference' },
            },
          ]),
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
    passed: [...whole.map(({ name }) => `schema of ${name}`), ...named('good')],
    warned: [...accepted],
    failed: [...broken.map(({ name }) => `schema of ${name}`), ...named('bad'), ...named('undecided')],
  })
}
