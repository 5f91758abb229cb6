import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

const RULES = `evaluation:
  label: late
  rules:
    - { metric: auc, margin: 0.03 }
    - { metric: auc, margin: 0.05, slices: [origin] }
`

/** A table in which `ours` scores as well as `theirs`, or, where `spoil` says so, like a coin. */
function csv(options: { rows?: number; spoil?: (origin: string) => boolean; score?: string } = {}): string {
  const { rows = 4000, spoil = () => false, score = 'ours,theirs' } = options
  let state = 5
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const lines = [`id,late,origin,${score}`]
  for (let id = 0; id < rows; id++) {
    const origin = ['JFK', 'LAX'][id % 2]!
    const late = random() < 0.4 ? 1 : 0
    const shared = random()
    const theirs = (0.3 * late + 0.7 * shared + 0.05 * random()) / 1.05
    const ours = spoil(origin) ? random() : (0.3 * late + 0.7 * shared + 0.05 * random()) / 1.05
    lines.push([id, late, origin, ...(score.includes('theirs') ? [ours, theirs] : [ours])].join(','))
  }
  return `${lines.join('\n')}\n`
}

async function gate(files: Record<string, string | Uint8Array>, given: Given = {}) {
  await using context = await testContext({ files: { 'sluice.yaml': RULES, ...files } })
  return await action.run(inputsWith(action, { candidate: 'scores.csv', ...given }), context)
}

const ONE_FILE: Given = { champion: 'scores.csv', candidateColumn: 'ours', championColumn: 'theirs' }
const SUBJECT = `flight-delays@sha256:${'d4'.repeat(32)}`

test('passes a candidate as good as its champion, and says over how much', async () => {
  const result = await gate({ 'scores.csv': csv() }, ONE_FILE)
  expect(result).toMatchObject({
    verdict: 'pass',
    headline: '2 of 2 rules are shown to hold on 4000 rows.',
    outputs: { rows: '4000', failed: '0', undecided: '0' },
  })
  expect(result.sections.map((section) => section.title)).toEqual([
    'Candidate against champion, in margins',
    'auc loses less than 0.05 against the champion, for every origin',
    'Rules',
    'Slices: auc loses less than 0.05 against the champion, for every origin',
  ])
})

test('a candidate that renames its rows cannot hide the slice that it lost', async () => {
  const rules = RULES.replace('    - { metric: auc, margin: 0.03 }\n', '')
  const bad = csv({ spoil: (origin) => origin === 'LAX', score: 'score' })
  const mixed = bad
    .split('\n')
    .map((line, row) => line.replace(/,(JFK|LAX),/, row % 3 === 0 ? ',JFK,' : ',LAX,'))
  const champion = csv({ score: 'score' })
  for (const there of [champion, jsonLines(champion)]) {
    const name = there === champion ? 'champion.csv' : 'champion.jsonl'
    const files = { 'sluice.yaml': rules, 'scores.csv': mixed.join('\n'), [name]: there }
    expect(await gate(files, { champion: name })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'evaluation/slices-differ', level: 'error' }],
    })
  }
  // A champion's file without the column is compared as before.
  const bare = champion.replaceAll(/^([^,]*,[^,]*),[^,]*/gm, '$1')
  const result = await gate(
    { 'sluice.yaml': rules, 'scores.csv': bad, 'champion.csv': bare },
    { champion: 'champion.csv' },
  )
  expect(result.findings.map((finding) => finding.rule)).toEqual(['evaluation/slice-regression'])
})

function jsonLines(table: string): string {
  const [header, ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  return rows
    .map((row) => JSON.stringify(Object.fromEntries(header!.map((name, i) => [name, row[i]]))))
    .join('\n')
}

test('fails one that lost a slice, naming the slice and its interval first', async () => {
  const spoiled = csv({ spoil: (origin) => origin === 'LAX' })
  const result = await gate({ 'scores.csv': spoiled }, ONE_FILE)
  expect(result.verdict).toBe('fail')
  expect(result.findings.map((finding) => finding.rule)).toEqual([
    'evaluation/regression',
    'evaluation/slice-regression',
  ])
  expect(result.findings[1]!.message).toMatch(
    /^origin = 'LAX': auc −0\.\d+, 95 % interval \[−0\.\d+, −0\.\d+\], margin 0\.05 \(2000 rows; adjusted p \S+\)\.$/,
  )
  expect(result.headline).toMatch(
    /origin = 'LAX': auc −0\.\d+, 95 % interval \[−0\.\d+, −0\.\d+\], margin 0\.05\.$/,
  )
  const [, plot, , slices] = result.sections
  expect(plot?.kind === 'forest' && plot.rows.map(({ label, state }) => [label, state])).toEqual([
    ['LAX', 'bad'],
    ['JFK', 'good'],
  ])
  expect(slices?.kind === 'table' && slices.rows.map((row) => row.slice(0, 2))).toEqual([
    ["origin = 'LAX'", 'does not hold'],
    ["origin = 'JFK'", 'holds'],
  ])
})

test('two files join by id, in any order and format', async () => {
  const [header, ...lines] = csv({ score: 'score' }).trim().split('\n')
  const champion = lines.toReversed().map((line) => {
    const [id, late, , score] = line.split(',')
    return JSON.stringify({ id: Number(id), late: Number(late), score: Number(score) * 0.999 + 0.0001 })
  })
  const files = { 'scores.csv': [header, ...lines].join('\n'), 'old.jsonl': champion.join('\n') }
  expect((await gate(files, { champion: 'old.jsonl' })).verdict).toBe('pass')
})

test('inputs override sluice.yaml', async () => {
  const table = csv().replace('id,late,origin', 'flight,delayed,airport')
  const renamed: Given = { ...ONE_FILE, idColumn: 'flight', labelColumn: 'delayed', slices: ['airport'] }
  const result = await gate({ 'scores.csv': table }, renamed)
  expect(result.verdict).toBe('pass')
  const narrow = RULES.replace('0.03', '0.006')
  const files = { 'sluice.yaml': narrow, 'scores.csv': csv({ rows: 600 }) }
  expect((await gate(files, ONE_FILE)).verdict).toBe('pass')
  const strict = await gate(files, { ...ONE_FILE, alpha: 1e-6 })
  expect(strict.verdict).toBe('inconclusive')
})

test('multiclass scores stand in one column a class', async () => {
  const rows = Array.from({ length: 600 }, (_, id) => {
    const late = id % 3
    const wrong = id % 10 === 0
    const p = [0, 1, 2].map((c) =>
      c === (wrong ? (late + 1) % 3 : late) ? 0.6 + (id % 7) / 100 : 0.2 - (id % 7) / 200,
    )
    return [id, ['no', 'bit', 'very'][late], ...p].join(',')
  })
  const files = {
    'sluice.yaml': `evaluation:
  task: multiclass
  label: late
  classes: ['no', bit, very]
  rules:
    - { metric: accuracy, atLeast: 0.8 }
    - { metric: macro_f1, atLeast: 0.8 }
    - { metric: ovr_auc, atLeast: 0.8 }
    - { metric: log_loss, atMost: 0.9 }
`,
    'scores.csv': ['id,late,prob_no,prob_bit,prob_very', ...rows].join('\n'),
  }
  const result = await gate(files, { firstRelease: true })
  expect(result).toMatchObject({ verdict: 'pass', headline: '4 of 4 rules are shown to hold on 600 rows.' })
})

test('a waiver accepts a regression by its fingerprint, and the evidence says so', async () => {
  const files = { 'scores.csv': csv({ spoil: (origin) => origin === 'LAX' }) }
  const { findings } = await gate(files, ONE_FILE)
  const accepting = (greatestLoss: number) => {
    const waivers = findings.map(
      ({ fingerprint }) =>
        `  - fingerprint: ${fingerprint}\n    greatestLoss: ${greatestLoss}\n    reason: LAX moves to another model next week\n    owner: ml-platform\n    expires: 2026-03-31\n`,
    )
    return gate(
      { ...files, 'sluice.yaml': `${RULES}waivers:\n${waivers.join('')}` },
      { ...ONE_FILE, subject: SUBJECT },
    )
  }
  const losses = findings.map(({ loss }) => loss!)
  const tooLittle = await accepting(Math.min(...losses) / 2)
  expect(tooLittle).toMatchObject({ verdict: 'fail' })
  expect(tooLittle.findings.map(({ rule }) => rule)).toContain('waiver/loss-exceeded')
  const result = await accepting(Math.max(...losses))
  expect(result).toMatchObject({
    verdict: 'pass',
    headline: expect.stringMatching(/; waivers accept 2 findings\.$/),
  })
  const [test, evaluation] = result.statements
  expect(test!.predicate).toMatchObject({
    result: 'WARNED',
    failedTests: [],
    warnedTests: [expect.any(String), expect.any(String)],
  })
  expect(evaluation!.predicate).toMatchObject({
    verdict: 'pass',
    waived: [{ owner: 'ml-platform' }, { owner: 'ml-platform' }],
  })
})

test('a slice that was found is waived by the name that it has, and its ids are named', async () => {
  const rules =
    'evaluation:\n  label: late\n  rules:\n    - { metric: log_loss, margin: 0.02, slices: [{ find: { values: [origin] } }] }\n'
  const files = { 'scores.csv': csv({ spoil: (origin) => origin === 'LAX' }), 'sluice.yaml': rules }
  const { findings, sections, verdict } = await gate(files, ONE_FILE)
  expect(verdict).toBe('fail')
  expect(findings).toMatchObject([{ rule: 'evaluation/slice-regression', slice: "origin = 'LAX'" }])
  const table = sections.find(({ title }) => title?.startsWith('Slices: '))
  expect(table).toMatchObject({
    columns: expect.arrayContaining(['Ids that count most']),
    rows: [expect.arrayContaining(["origin = 'LAX'", expect.stringMatching(/^\d+, \d+, \d+$/)])],
  })
  const waiver = `waivers:\n  - rule: evaluation/slice-regression\n    slice: origin = 'LAX'\n    greatestLoss: ${findings[0]!.loss}\n    reason: LAX moves to another model next week\n    owner: ml-platform\n    expires: 2026-03-31\n`
  expect(await gate({ ...files, 'sluice.yaml': rules + waiver }, ONE_FILE)).toMatchObject({ verdict: 'pass' })
})

describe('evidence', () => {
  test('two statements about the subject: the verdict, and what it rests on', async () => {
    const { statements } = await gate(
      { 'scores.csv': csv({ spoil: (origin) => origin === 'LAX' }) },
      { ...ONE_FILE, subject: SUBJECT },
    )
    const subject = [{ name: 'flight-delays', digest: { sha256: 'd4'.repeat(32) } }]
    expect(statements).toMatchObject([
      {
        subject,
        predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
        predicate: {
          result: 'FAILED',
          configuration: [
            { name: 'sluice/model-gate', annotations: { verdict: 'fail' } },
            {
              name: 'scores.csv',
              digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
              annotations: { role: 'candidate', columns: ['ours'] },
            },
            { name: 'scores.csv', annotations: { role: 'champion', columns: ['theirs'] } },
            { name: 'evaluation', annotations: { alpha: 0.025 } },
          ],
          failedTests: [
            'auc loses less than 0.03 against the champion',
            'auc loses less than 0.05 against the champion, for every origin',
          ],
        },
      },
      {
        subject,
        predicateType: 'https://sluice-ci.github.io/sluice/predicates/evaluation/v1',
        predicate: { verdict: 'fail', firstRelease: false, rows: 4000, alpha: 0.025, problems: [] },
      },
    ])
    const { rules } = statements[1]!.predicate as { rules: { cases: Record<string, unknown>[] }[] }
    expect(rules[1]!.cases).toMatchObject([
      { where: { value: 'JFK' }, state: 'good' },
      {
        where: { kind: 'slice', column: 'origin', value: 'LAX' },
        rows: 2000,
        state: 'bad',
        estimate: { threshold: -0.05, level: 0.95, method: 'DeLong, paired' },
      },
    ])
  })

  test('data that cannot be trusted leaves problems, and fails', async () => {
    const broken = csv().replace(/^17,(.*),[^,\n]*,/m, '17,$1,NaN,')
    const { statements, verdict } = await gate({ 'scores.csv': broken }, { ...ONE_FILE, subject: SUBJECT })
    expect(verdict).toBe('fail')
    expect(statements[0]!.predicate).toMatchObject({
      result: 'FAILED',
      failedTests: ['evaluation/candidate-not-finite'],
    })
    expect(statements[1]!.predicate).toMatchObject({
      rules: [],
      problems: [
        { rule: 'evaluation/candidate-not-finite', message: expect.stringContaining('1 of 4000 rows') },
      ],
    })
  })

  test('without a subject there is none', async () => {
    expect((await gate({ 'scores.csv': csv() }, ONE_FILE)).statements).toEqual([])
  })
})

test('a column that no rule compares stands once in a file of both models', async () => {
  const rules = (demand: string) =>
    `evaluation:\n  label: late\n  rules:\n    - { metric: auc, margin: 0.05 }\n    - { metric: p95, column: latency, better: lower, ${demand} }\n`
  const [header, ...rows] = csv().trim().split('\n')
  const table = [`${header},latency`, ...rows.map((row, i) => `${row},${i % 100}`)].join('\n')
  const run = (demand: string) => gate({ 'sluice.yaml': rules(demand), 'scores.csv': table }, ONE_FILE)
  expect((await run('atMost: 120')).verdict).toBe('pass')
  expect((await run('atMost: 50')).verdict).toBe('fail')
  await expect(run('margin: 5')).rejects.toMatchObject({ code: 'CHAMPION_COLUMN_MISSING' })
})

describe('wrong input says what was found', () => {
  const table = { 'scores.csv': csv({ rows: 10 }), 'sluice.yaml': 'evaluation:\n  rules: [{ RULE }]\n' }
  const withRule = (rule: string) => ({ ...table, 'sluice.yaml': table['sluice.yaml'].replace('RULE', rule) })
  test.each<[string, Record<string, string>, Given, string]>([
    [
      'a mistyped metric',
      withRule('metric: aucc, margin: 0.1'),
      ONE_FILE,
      '"aucc" is no metric that is known here. Did you mean `auc`?',
    ],
    [
      'a rule of two minds',
      withRule('metric: auc, margin: 0.1, atLeast: 0.5'),
      ONE_FILE,
      'this one has atLeast and margin.',
    ],
    ['a rule that asks nothing', withRule('metric: auc'), ONE_FILE, 'this one has none.'],
    ['a margin below 0', withRule('metric: auc, margin: -1'), ONE_FILE, 'is -1; expected at least 0.'],
    [
      'two kinds of file',
      { ...withRule('metric: auc, margin: 0.1'), 'old.json': '{"auc": 0.7}' },
      { champion: 'old.json' },
      'The candidate scores.csv is a table of rows, and the champion old.json a summary of metrics.',
    ],
  ])('%s', async (_, files, given, message) => {
    await expect(gate(files, given)).rejects.toMatchObject({ message: expect.stringContaining(message) })
  })
})

test('without sluice.yaml the message says where none is', async () => {
  await using context = await testContext({ files: { 'scores.csv': csv({ rows: 10 }) } })
  const inputs = inputsWith(action, { candidate: 'scores.csv', ...ONE_FILE })
  await expect(action.run(inputs, context)).rejects.toMatchObject({
    code: 'EVALUATION_NO_RULES',
    message: expect.stringContaining('there is no sluice.yaml in the working directory'),
  })
})

test('whoever gives nothing is told of the candidate, not of the champion', async () => {
  await using context = await testContext({ files: { 'sluice.yaml': RULES } })
  await expect(action.run(inputsWith(action, {}), context)).rejects.toMatchObject({
    code: 'CANDIDATE_MISSING',
  })
})

describe('wrong input is refused before anything is decided', () => {
  const table = { 'scores.csv': csv({ rows: 10 }) }
  test.each<[string, Record<string, string>, Given, string]>([
    ['no rule', { ...table, 'sluice.yaml': 'evaluation:\n  label: late\n' }, ONE_FILE, 'EVALUATION_NO_RULES'],
    ['no champion', table, {}, 'CHAMPION_MISSING'],
    ['a champion at a first release', table, { ...ONE_FILE, firstRelease: true }, 'CHAMPION_UNEXPECTED'],
    ['the same column twice', table, { champion: 'scores.csv' }, 'CHAMPION_COLUMN_MISSING'],
    ['a missing file', {}, ONE_FILE, 'FILE_NOT_FOUND'],
    ['a missing score column', table, { ...ONE_FILE, candidateColumn: 'mine' }, 'COLUMN_MISSING'],
    ['a missing slice column', table, { ...ONE_FILE, slices: ['airport'] }, 'COLUMN_MISSING'],
    ['a slice column that is the score', table, { ...ONE_FILE, slices: ['ours'] }, 'COLUMN_TWICE'],
    [
      'slices without a sliced rule',
      { ...table, 'sluice.yaml': 'evaluation:\n  rules: [{metric: auc, margin: 0.1}]\n' },
      { ...ONE_FILE, slices: ['origin'] },
      'EVALUATION_RULE_INAPPLICABLE',
    ],
    ['a metric of another task', table, { ...ONE_FILE, task: 'multiclass' }, 'EVALUATION_RULE_INAPPLICABLE'],
    [
      'classes that are not listed',
      {
        ...table,
        'sluice.yaml': 'evaluation:\n  task: multiclass\n  rules: [{metric: accuracy, atLeast: 0.1}]\n',
      },
      { firstRelease: true },
      'EVALUATION_CLASSES_MISSING',
    ],
    [
      'a table against a summary',
      { ...table, 'old.json': '{"auc": 0.7}' },
      { champion: 'old.json' },
      'INPUTS_MIXED',
    ],
    [
      'the same summary twice',
      { 'new.json': '{"auc": 0.7}', 'old.json': '{"auc": 0.7}' },
      { candidate: 'new.json', champion: 'old.json' },
      'CHAMPION_IS_CANDIDATE',
    ],
    [
      'a format nobody knows',
      { 'scores.pkl': 'x' },
      { candidate: 'scores.pkl', firstRelease: true },
      'TABLE_FORMAT_UNKNOWN',
    ],
    [
      'a path that leads out',
      table,
      { candidate: '../scores.csv', firstRelease: true },
      'PATH_OUTSIDE_WORKSPACE',
    ],
  ])('%s', async (_, files, given, code) => {
    await expect(gate(files, given)).rejects.toMatchObject({ code, remedy: expect.any(String) })
  })
})

test('without a subject nothing can be signed, and the report still has the numbers', async () => {
  const files = { 'scores.csv': csv() }
  const { statements, details } = await gate(files, ONE_FILE)
  const stated = await gate(files, { ...ONE_FILE, subject: SUBJECT })
  expect(statements).toEqual([])
  expect(details).toEqual({
    predicateType: stated.statements[1]!.predicateType,
    predicate: stated.statements[1]!.predicate,
  })
  expect(stated.details).toBeUndefined()
})
