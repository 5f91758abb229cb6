import { examineSummaries, readSummary } from '@sluice/evaluation'
import { verdictOf } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { policy } from '../world.js'

const summary = (text: string) => readSummary('metrics.json', new TextEncoder().encode(text))
const examine = (
  candidate: string,
  champion: string | undefined,
  rules: Record<string, unknown>[],
  rest = {},
) =>
  examineSummaries(
    summary(candidate),
    champion === undefined ? undefined : summary(champion),
    policy(rules, rest),
  )
const verdict = (...args: Parameters<typeof examine>) => verdictOf(examine(...args).findings)

const CANDIDATE = '{"n": 5000, "auc": 0.81, "auc_stderr": 0.004, "log_loss": {"value": 0.4, "stderr": 0.002}}'
const CHAMPION = '{"n": 5000, "auc": 0.80, "auc_stderr": 0.004, "log_loss": {"value": 0.41, "stderr": 0.002}}'

describe('summaries of metrics', () => {
  test.each([
    ['a bound that the interval clears', [{ metric: 'auc', atLeast: 0.79 }], 'pass'],
    ['one it does not reach', [{ metric: 'auc', atLeast: 0.85 }], 'fail'],
    ['one within it', [{ metric: 'auc', atLeast: 0.808 }], 'inconclusive'],
    ['a margin against the champion', [{ metric: 'auc', margin: 0.005 }], 'pass'],
    ['a loss that went down', [{ metric: 'log_loss', betterBy: 0 }], 'pass'],
    [
      'a slice, which only rows can show',
      [{ metric: 'auc', margin: 0.1, slices: ['origin'] }],
      'inconclusive',
    ],
  ])('%s', (_, rules, expected) => {
    expect(verdict(CANDIDATE, CHAMPION, rules)).toBe(expected)
  })

  test('their difference is unpaired, and the method says so', () => {
    const { outcomes } = examine(CANDIDATE, CHAMPION, [{ metric: 'auc', margin: 0.005 }])
    expect(outcomes[0]!.cases[0]!.estimate).toMatchObject({ method: 'stated standard errors, unpaired' })
  })

  test('a point without an error decides nothing, unless the policy takes points', () => {
    const rules = [{ metric: 'auc', atLeast: 0.5 }]
    expect(verdict('{"auc": 0.81}', undefined, rules)).toBe('inconclusive')
    expect(verdict('{"auc": 0.81}', undefined, rules, { pointEstimates: 'decide' })).toBe('pass')
    expect(verdict('{"auc": 0.49}', undefined, rules, { pointEstimates: 'decide' })).toBe('fail')
  })

  test('an accuracy of n rows has an interval of its own', () => {
    const rules = [{ metric: 'accuracy', atLeast: 0.9 }]
    expect(verdict('{"n": 1000, "accuracy": 0.93}', undefined, rules)).toBe('pass')
    expect(verdict('{"n": 1000, "accuracy": 0.91}', undefined, rules)).toBe('inconclusive')
  })

  // lm-eval writes "N/A" for a standard error it does not have.
  test('a standard error that is text counts as none', () => {
    expect(verdict('{"auc": 0.81, "auc_stderr": "N/A"}', undefined, [{ metric: 'auc', atLeast: 0.5 }])).toBe(
      'inconclusive',
    )
  })

  // MLflow's relative change lets NaN pass, and raises where the champion lacks a metric.
  test.each([
    [
      'a candidate metric that is NaN',
      '{"auc": NaN, "auc_stderr": 0.01}',
      CHAMPION,
      'evaluation/candidate-not-finite',
      'fail',
    ],
    [
      'a champion metric that is NaN',
      CANDIDATE,
      '{"auc": NaN}',
      'evaluation/champion-not-finite',
      'inconclusive',
    ],
    ['a metric that the candidate lacks', '{"brier": 0.1}', CHAMPION, 'evaluation/metric-missing', 'fail'],
    [
      'a metric that the champion lacks',
      CANDIDATE,
      '{"brier": 0.1}',
      'evaluation/metric-missing',
      'inconclusive',
    ],
  ])('%s is named', (_, candidate, champion, rule, expected) => {
    const { findings } = examine(candidate, champion, [{ metric: 'auc', margin: 0.1 }], {
      pointEstimates: 'decide',
    })
    expect(findings).toContainEqual(expect.objectContaining({ rule }))
    expect(verdictOf(findings)).toBe(expected)
  })

  test('a metric that is missing names those there are, and the one that was probably meant', () => {
    const { findings } = examine('{"acu": 0.7, "brier": 0.1}', undefined, [{ metric: 'auc', atLeast: 0.6 }])
    expect(findings).toMatchObject([
      {
        message: "The candidate's summary has no auc, which a rule asks for; it has acu; brier.",
        remedy: expect.stringMatching(/^Did you mean `acu`\?/),
      },
    ])
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`task ${i}`, 1])))
    expect(examine(many, undefined, [{ metric: 'auc', atLeast: 0.6 }]).findings[0]!.message).toContain(
      'task 11; and 2 more.',
    )
  })

  test('what a summary does not say is left out of the message, and the way on is named', () => {
    const messages = (text: string, rule: Record<string, unknown>) =>
      examine(text, undefined, [rule]).findings.map(({ message }) => message)
    expect(messages('{"auc": -0.5, "auc_stderr": 0.01}', { metric: 'auc', atLeast: -0.1 })).toEqual([
      'all rows: auc −0.500, 95 % interval [−0.520, −0.480], bound −0.1.',
    ])
    expect(messages('{"auc": 0.7}', { metric: 'auc', atLeast: 0.6 })).toEqual([
      expect.stringMatching(/a point decides nothing without `pointEstimates: decide`\.$/),
    ])
  })

  test('without a champion that no rule asks for, it is not called a first release', () => {
    const { findings } = examine('{"auc": 0.7, "auc_stderr": 0.01}', undefined, [
      { metric: 'auc', atLeast: 0.6 },
    ])
    expect(findings).toEqual([])
  })

  test('a relative margin keeps its direction below zero and refuses zero', () => {
    const ask = (candidate: number, champion: number) =>
      verdict(`{"auc": ${candidate}}`, `{"auc": ${champion}}`, [{ metric: 'auc', relativeMargin: 0.1 }], {
        pointEstimates: 'decide',
      })
    expect(ask(-0.7, -0.5)).toBe('fail')
    expect(ask(-0.4, -0.5)).toBe('pass')
    expect(ask(-0.54, -0.5)).toBe('pass')
    expect(ask(0.1, 0)).toBe('inconclusive')
  })

  test.each(['', '[]', '{"auc": "high"}', '{"model": "b7"}', 'null'])('%s is no summary', (text) => {
    expect(() => summary(text)).toThrow(expect.objectContaining({ code: 'SUMMARY_MALFORMED' }))
  })

  test('a metric may have any name, with the direction that the rule gives', () => {
    const text = '{"gsm8k/exact_match,strict": 0.71, "gsm8k/exact_match,strict_stderr": 0.01}'
    const rule = { metric: 'gsm8k/exact_match,strict', better: 'higher' }
    expect(verdict(text, undefined, [{ ...rule, atLeast: 0.65 }])).toBe('pass')
    expect(verdict(text, undefined, [{ ...rule, metric: 'gsm8k/acc', atLeast: 0.65 }])).toBe('fail')
  })

  test('a size has no error, where the rule says so', () => {
    const rule = { metric: 'size_bytes', better: 'lower', atMost: 500 }
    expect(verdict('{"size_bytes": 400}', undefined, [rule])).toBe('inconclusive')
    expect(verdict('{"size_bytes": 400}', undefined, [{ ...rule, exact: true }])).toBe('pass')
    expect(verdict('{"size_bytes": 501}', undefined, [{ ...rule, exact: true }])).toBe('fail')
  })

  test('an error that the stated rows cannot give is refused', () => {
    const rules = [{ metric: 'accuracy', atLeast: 0.3 }]
    const of = (n: number) =>
      examine(`{"n": ${n}, "accuracy": 0.5, "accuracy_stderr": 0.05}`, undefined, rules)
    expect(verdictOf(of(101).findings)).toBe('pass')
    expect(of(50).findings).toMatchObject([{ rule: 'evaluation/rows-disagree', level: 'error' }])
  })

  test('metrics may stand below `metrics`', () => {
    expect(summary('{"n": 10, "metrics": {"auc": 0.5}}')).toMatchObject({ rows: 10 })
  })
})

describe('the section `evaluation`', () => {
  test.each([
    ['no demand', { metric: 'auc' }],
    ['two demands', { metric: 'auc', margin: 0.1, atLeast: 0.5 }],
    ['a negative margin', { metric: 'auc', margin: -0.1 }],
    ['an unknown metric', { metric: 'ROC', margin: 0.1 }],
    ['no slice column', { metric: 'auc', margin: 0.1, slices: [] }],
  ])('%s is refused', (_, rule) => {
    expect(() => policy([rule])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
  test('an unknown key is refused', () => {
    expect(() => policy([{ metric: 'auc', margn: 0.1 }])).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' }),
    )
  })
})
