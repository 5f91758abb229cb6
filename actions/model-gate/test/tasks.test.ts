import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

async function gate(section: string, files: Record<string, string>, given: Given = {}) {
  await using context = await testContext({ files: { 'sluice.yaml': `evaluation:\n${section}`, ...files } })
  return await action.run(
    inputsWith(action, { candidate: 'ours.csv', champion: 'theirs.csv', ...given }),
    context,
  )
}

/** Rows of a file, by number. */
function csv(
  header: string,
  rows: number,
  line: (i: number, random: () => number) => (string | number)[],
  seed = 5,
): string {
  let state = seed
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  return `${[header, ...Array.from({ length: rows }, (_, i) => line(i, random).join(','))].join('\n')}\n`
}

test('a prompt that the champion’s file says nothing of is not taken for the same one', async () => {
  const section = `  task: generation
  promptHash: prompt
  rules:
    - { metric: mean, column: score, better: higher, margin: 0.5 }
`
  const rows = (header: string, seed: number, ...more: string[]) =>
    csv(header, 400, (i, random) => [i, random(), ...more], seed)
  const ours = rows('id,score,prompt', 5, 'a1')
  const theirs = (prompt: string) => rows('id,score,prompt', 7, prompt)
  expect(await gate(section, { 'ours.csv': ours, 'theirs.csv': theirs('a1') })).toMatchObject({
    verdict: 'pass',
  })
  expect(await gate(section, { 'ours.csv': ours, 'theirs.csv': theirs('b2') })).toMatchObject({
    findings: [{ rule: 'evaluation/prompt-changed' }],
  })
  await expect(gate(section, { 'ours.csv': ours, 'theirs.csv': rows('id,score', 7) })).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
  })
})

describe('the task says which columns are read', () => {
  const price = (noise: number) =>
    csv('id,label,score,region', 800, (i, random) => [
      i,
      i % 97,
      (i % 97) + noise * (random() - 0.5),
      'NS'[i % 2]!,
    ])
  test('regression: a margin on the whole, and on every region', async () => {
    const section = `  task: regression
  rules:
    - { metric: mae, margin: 0.2 }
    - { metric: rmse, margin: 0.5, slices: [region] }
`
    const same = { 'ours.csv': price(1.01), 'theirs.csv': price(1) }
    expect(await gate(section, same)).toMatchObject({ verdict: 'pass' })
    expect(await gate(section, { ...same, 'ours.csv': price(4) })).toMatchObject({ verdict: 'fail' })
  })

  test('forecasting: a column for each quantile', async () => {
    const section = `  task: forecasting
  quantiles: [0.1, 0.5, 0.9]
  rules:
    - { metric: pinball, margin: 0.05 }
    - { metric: coverage, atLeast: 0.7 }
    - { metric: mase, column: scale, atMost: 2 }
`
    const forecast = (wide: number) =>
      csv('id,label,q0.1,q0.5,q0.9,scale', 600, (i, random) => [
        i,
        10 + random(),
        10.1 - wide,
        10.5 + wide / 10,
        10.9 + wide,
        0.3,
      ])
    expect(await gate(section, { 'ours.csv': forecast(0.01), 'theirs.csv': forecast(0) })).toMatchObject({
      verdict: 'pass',
    })
    expect(await gate(section, { 'ours.csv': forecast(3), 'theirs.csv': forecast(0) })).toMatchObject({
      verdict: 'fail',
    })
  })

  test('ranking: queries, and the column that names them', async () => {
    const section = `  task: ranking
  query: search
  rules:
    - { metric: ndcg@5, betterBy: 0 }
`
    const ranked = (skill: number) =>
      csv('id,search,label,score', 1500, (i, random) => [
        i,
        `s${Math.floor(i / 5)}`,
        i % 5 === 2 ? 1 : 0,
        random() + (i % 5 === 2 ? skill : 0),
      ])
    expect(await gate(section, { 'ours.csv': ranked(0.5), 'theirs.csv': ranked(0.1) })).toMatchObject({
      verdict: 'pass',
    })
    expect(await gate(section, { 'ours.csv': ranked(0.1), 'theirs.csv': ranked(0.5) })).toMatchObject({
      verdict: 'fail',
    })
  })

  test('multilabel: a column of 0 and 1 and one of scores for each class', async () => {
    const section = `  task: multilabel
  label: is_
  classes: [red, round]
  rules:
    - { metric: micro_f1, margin: 0.05 }
`
    const tagged = (skill: number) =>
      csv('id,is_red,is_round,prob_red,prob_round', 900, (i, random) => {
        const score = (truth: number) => Math.min(1, skill * truth + (1 - skill) * random())
        return [i, i % 2, i % 3 === 0 ? 1 : 0, score(i % 2), score(i % 3 === 0 ? 1 : 0)]
      })
    expect(await gate(section, { 'ours.csv': tagged(0.41), 'theirs.csv': tagged(0.4) })).toMatchObject({
      verdict: 'pass',
    })
    expect(await gate(section, { 'ours.csv': tagged(0.1), 'theirs.csv': tagged(0.4) })).toMatchObject({
      verdict: 'fail',
    })
  })

  test('generation: the score of a judge, several answers an item', async () => {
    const section = `  task: generation
  repeat: epoch
  rules:
    - { metric: mean, margin: 0.1 }
    - { metric: pass^2, atLeast: 0.3 }
`
    const judged = (pass: number) =>
      csv('id,epoch,score', 1200, (i, random) => [Math.floor(i / 3), i % 3, random() < pass ? 1 : 0])
    const result = await gate(section, { 'ours.csv': judged(0.8), 'theirs.csv': judged(0.78) })
    expect(result).toMatchObject({ verdict: 'pass', outputs: { rows: '400' } })
    expect(await gate(section, { 'ours.csv': judged(0.5), 'theirs.csv': judged(0.78) })).toMatchObject({
      verdict: 'fail',
    })
  })

  test('a latency beside the scores, and a gap between groups', async () => {
    const section = `  rules:
    - { metric: auc, margin: 0.05 }
    - { metric: p95, column: ms, better: lower, relativeMargin: 0.1 }
    - { metric: equal_opportunity_difference, groups: sex, atMost: 0.2 }
`
    const served = (slow: number, bias: number) =>
      csv('id,label,score,ms,sex', 2000, (i, random) => {
        const late = i % 2
        return [
          i,
          late,
          0.5 * random() + 0.4 * late - (i % 4 === 1 ? bias : 0),
          slow * (50 + 50 * random()),
          i % 4 < 2 ? 'f' : 'm',
        ]
      })
    const champion = { 'theirs.csv': served(1, 0) }
    const rules = async (file: string) =>
      (await gate(section, { ...champion, 'ours.csv': file })).findings.map(
        ({ rule, message }) => `${rule} ${message.slice(0, 50)}`,
      )
    expect(await rules(served(1.01, 0))).toEqual([])
    expect((await rules(served(1.5, 0)))[0]).toContain('evaluation/regression all rows: p95(ms)')
    expect(
      (await rules(served(1.01, 0.3))).some((one) => one.includes('equal_opportunity_difference(sex)')),
    ).toBe(true)
  })
})

describe('a rule that cannot be held is refused before anything is read', () => {
  test.each([
    [
      'a metric of another task',
      'metric: mae, margin: 1',
      'is of the tasks regression, forecasting; the task is binary',
    ],
    ['a percentile of no column', 'metric: p95, atMost: 1', 'the rule names none'],
    ['a gap between no groups', 'metric: equalized_odds_difference, atMost: 0.1', 'has no `groups`'],
    [
      'a gap against the champion',
      'metric: equalized_odds_difference, groups: sex, margin: 0.1',
      'against a bound',
    ],
    ['a slope that is to be larger', 'metric: calibration_slope, betterBy: 0', 'best at 1'],
    [
      'slices found by a metric that does not say how much a row counts',
      'metric: ece, margin: 0.1, slices: [{ find: { values: [sex] } }]',
      'No slices can be found by ece',
    ],
    ['a cost that may be better either way', 'metric: mean, column: usd, margin: 1', 'does not say'],
  ])('%s', async (_, rule, text) => {
    await expect(gate(`  rules:\n    - { ${rule} }\n`, {})).rejects.toMatchObject({
      code: 'EVALUATION_RULE_INAPPLICABLE',
      message: expect.stringContaining(text),
    })
  })
})
