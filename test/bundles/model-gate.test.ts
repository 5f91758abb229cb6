import { readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readTable } from '@sluice/evaluation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Runner, runBundle, startRunner } from './rig.js'

const example = fileURLToPath(new URL('../../examples/flight-delays/', import.meta.url))
const RULES = 'evaluation:\n  rules:\n    - { metric: auc, margin: 0.1 }\n'
const SUBJECT = `flight-delays@sha256:${'d4'.repeat(32)}`

/** Scores of a model that is right more often than not; `broken` replaces the candidate's first. */
function scores(broken?: string): string {
  const rows = Array.from({ length: 400 }, (_, id) => {
    const label = id % 2
    const champion = ((id * 37) % 100) / 200 + label * 0.3
    const candidate = ((id * 53) % 100) / 200 + label * 0.35
    return [id, label, id === 0 && broken !== undefined ? broken : candidate, champion].join(',')
  })
  return ['id,label,candidate,champion', ...rows].join('\n')
}

const COLUMNS = {
  candidate: 's.csv',
  champion: 's.csv',
  'candidate-column': 'candidate',
  'champion-column': 'champion',
}

describe("the example's 220,305 held-out flights", () => {
  let runner: Runner
  const holdout = 'data/holdout.parquet'
  beforeAll(async () => {
    runner = await startRunner({
      'sluice.yaml': readFileSync(join(example, 'sluice.yaml')),
      [holdout]: readFileSync(join(example, holdout)),
    })
  })
  afterAll(() => runner[Symbol.asyncDispose]())

  test('the regressed model is blocked though it is better on the whole, naming the airports and their intervals', async () => {
    const step = await runner.run('model-gate', {
      inputs: { candidate: holdout, champion: holdout, 'candidate-column': 'regressed', subject: SUBJECT },
    })
    expect(step.code).toBe(1)
    expect(step.outputs).toMatchObject({ verdict: 'fail', rows: '220305', failed: '1' })
    const blocked = step.report.findings.filter((finding: { level: string }) => finding.level === 'error')
    const airports = blocked.map(
      (finding: { message: string }) => /^origin = '([A-Z]{3})': auc −/.exec(finding.message)?.[1],
    )
    expect(airports).toEqual(expect.arrayContaining(['BWI', 'EWR', 'MCO']))
    for (const { rule, message } of blocked) {
      expect(rule).toBe('evaluation/slice-regression')
      expect(message).toMatch(/95 % interval \[−0\.\d+, −0\.\d+\], margin 0\.\d+ /)
    }
    expect(step.outputs['headline']).toContain("origin = 'EWR'")
    expect(step.summary).toContain('EWR')
    const statements = step.outputs['statement']!.split('\n').map((file) =>
      JSON.parse(readFileSync(file, 'utf8')),
    )
    expect(
      statements.map((one) => [one.predicateType, one.predicate.result ?? one.predicate.verdict]),
    ).toEqual([
      ['https://in-toto.io/attestation/test-result/v0.1', 'FAILED'],
      ['https://sluice-ci.github.io/sluice/predicates/evaluation/v1', 'fail'],
    ])
  })

  test('the same rows as CSV are blocked at the same airports by the same numbers', async () => {
    const names = ['id', 'late', 'champion', 'regressed', 'origin'] as const
    const bytes = readFileSync(join(example, holdout))
    const wanted = names.map((name) => ({
      name,
      kind: name === 'origin' || name === 'late' ? ('word' as const) : ('number' as const),
    }))
    const table = await readTable(holdout, bytes, 'parquet', wanted)
    const cells = names.map((name) => {
      const column = table.columns.get(name)!
      return (row: number) =>
        column.kind === 'word'
          ? column.words[column.codes[row]!]
          : column.kind === 'number'
            ? column.values[row]
            : ''
    })
    const lines = Array.from({ length: table.rows }, (_, row) => cells.map((cell) => cell(row)).join(','))
    await runner.write('holdout.csv', `${names.join(',')}\n${lines.join('\n')}\n`)
    const outcome = async (file: string) => {
      const step = await runner.run('model-gate', {
        inputs: { candidate: file, champion: file, 'candidate-column': 'regressed' },
      })
      return { code: step.code, rules: step.report.details.predicate.rules }
    }
    const fromParquet = await outcome(holdout)
    expect(fromParquet.code).toBe(1)
    expect(await outcome('holdout.csv')).toEqual(fromParquet)
  })

  test('the candidate passes', async () => {
    const step = await runner.run('model-gate', { inputs: { candidate: holdout, champion: holdout } })
    expect(step).toMatchObject({ code: 0, outputs: { verdict: 'pass', failed: '0', undecided: '0' } })
    expect(step.outputs['headline']).toMatch(/^(\d+) of \1 rules are shown to hold on 220305 rows\.$/)
  })
})

describe('slices that nobody named', () => {
  const holdout = 'data/holdout.parquet'
  const rule =
    'evaluation:\n  label: late\n  championColumn: champion\n  rules:\n    - { metric: log_loss, margin: 0.01, minRows: 500, slices: [{ find: { values: [origin, destination], ranges: [distance] }, atMost: 10 }] }\n'
  test.each([
    ['regressed', 1, 'fail', ["origin = 'BWI'", "origin = 'EWR'", "origin = 'MIA'", "origin = 'TPA'"]],
    ['candidate', 0, 'pass', []],
  ] as const)(
    'on which the %s model is worse are found among the example’s flights',
    async (column, code, verdict, slices) => {
      const step = await runBundle('model-gate', {
        files: { 'sluice.yaml': rule, [holdout]: readFileSync(join(example, holdout)) },
        inputs: { candidate: holdout, champion: holdout, 'candidate-column': column },
      })
      expect(step).toMatchObject({ code, outputs: { verdict } })
      const blocked = step.report.findings.filter(({ level }: { level: string }) => level === 'error')
      expect(blocked.map(({ slice }: { slice: string }) => slice).sort()).toEqual(slices)
      expect(step.report.details.predicate.rules[0]).toMatchObject({
        searches: [{ searchedRows: 110516, testedRows: 109789, found: 10 }],
      })
    },
  )
})

describe('fails closed', () => {
  const files = { 'sluice.yaml': RULES }
  test.each(['NaN', '', 'inf'])('a candidate score that is %j', async (broken) => {
    const step = await runBundle('model-gate', {
      files: { ...files, 's.csv': scores(broken) },
      inputs: COLUMNS,
    })
    expect(step.code).toBe(1)
    expect(step.report.findings).toMatchObject([{ rule: 'evaluation/candidate-not-finite', level: 'error' }])
  })

  test('a NaN that Python wrote into a summary', async () => {
    const step = await runBundle('model-gate', {
      files: { ...files, 'new.json': '{"auc": NaN}', 'old.json': '{"auc": 0.7, "auc_stderr": 0.01}' },
      inputs: { candidate: 'new.json', champion: 'old.json' },
    })
    expect(step.code).toBe(1)
    expect(step.report.findings).toMatchObject([{ rule: 'evaluation/candidate-not-finite' }])
  })

  test('too few rows are inconclusive', async () => {
    const few = scores().split('\n').slice(0, 60).join('\n')
    const step = await runBundle('model-gate', { files: { ...files, 's.csv': few }, inputs: COLUMNS })
    expect(step).toMatchObject({ code: 3, outputs: { verdict: 'inconclusive', undecided: '1' } })
  })

  test('the same table, whole, passes', async () => {
    const step = await runBundle('model-gate', { files: { ...files, 's.csv': scores() }, inputs: COLUMNS })
    expect(step.code).toBe(0)
  })
})

describe('wrong input', () => {
  const good = { 'sluice.yaml': RULES, 's.csv': scores() }
  test.each([
    ['a missing file', good, { ...COLUMNS, candidate: 'none.csv' }, 'FILE_NOT_FOUND'],
    ['a missing column', good, { ...COLUMNS, 'candidate-column': 'none' }, 'COLUMN_MISSING'],
    ['no champion', good, { candidate: 's.csv', 'candidate-column': 'candidate' }, 'CHAMPION_MISSING'],
    ['no rules', { 's.csv': scores() }, COLUMNS, 'EVALUATION_NO_RULES'],
    ['malformed YAML', { ...good, 'sluice.yaml': 'evaluation: [' }, COLUMNS, 'CONFIG_MALFORMED'],
    [
      'an unknown key',
      { ...good, 'sluice.yaml': 'evaluation:\n  rulez: []\n' },
      COLUMNS,
      'CONFIG_UNKNOWN_KEY',
    ],
    [
      'a truncated Parquet file',
      { ...good, 's.parquet': 'PAR1 and no more' },
      { ...COLUMNS, candidate: 's.parquet', champion: 's.parquet' },
      'TABLE_MALFORMED',
    ],
    [
      'a subject without a digest',
      good,
      { ...COLUMNS, subject: 'flight-delays:latest' },
      'SUBJECT_MALFORMED',
    ],
  ])('%s', async (_, files, inputs, code) => {
    const step = await runBundle('model-gate', {
      files: files as Record<string, string>,
      inputs: inputs as Record<string, string>,
    })
    expect(step.code).toBe(2)
    expect(step.report.error).toMatchObject({ code, remedy: expect.any(String) })
  })

  test('a symbolic link that leads out', async () => {
    await using runner = await startRunner({ 'sluice.yaml': RULES })
    await symlink(join(example, 'data/holdout.parquet'), join(runner.workspace, 's.csv'))
    const step = await runner.run('model-gate', { inputs: COLUMNS })
    expect(step.code).toBe(2)
    expect(step.report.error).toMatchObject({ code: 'PATH_OUTSIDE_WORKSPACE' })
  })
})
