import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { examineSummaries } from '../../src/examination.js'
import { readSummary } from '../../src/summary/summary.js'
import { policy } from '../world.js'

const file = (name: string) => readFileSync(new URL(`../harness/samples/${name}`, import.meta.url), 'utf8')
const summary = (text: string) => readSummary('x.json', new TextEncoder().encode(text))
const LM = file('lm-eval.json')
/** As if its eight samples were many more. */
const SURE = LM.replace('0.16366341767699427', '0.008').replace('0.18298126367784995', '0.008')
const worse = SURE.replace('"acc,none": 0.25', '"acc,none": 0.15')
const RULE = { metric: 'flights/acc', better: 'higher', margin: 0.05, minRows: 2 }

function gate(candidate: string, champion: string) {
  const { findings, outcomes } = examineSummaries(summary(candidate), summary(champion), policy([RULE]))
  return { rules: findings.map(({ level, rule }) => `${level} ${rule}`), verdict: outcomes[0]?.verdict }
}

test('a tool’s metric is held against the champion’s by its own name', () => {
  expect(gate(SURE.replace('"acc,none": 0.25', '"acc,none": 0.26'), SURE)).toEqual({
    rules: [],
    verdict: 'pass',
  })
  expect(gate(worse, SURE)).toEqual({ rules: ['error evaluation/regression'], verdict: 'fail' })
  expect(gate(LM.replace('0.25', '0.26'), LM)).toMatchObject({ verdict: 'inconclusive' })
})

test.each([
  ['a limited candidate', file('lm-eval-limited.json'), SURE, ['error evaluation/evaluation-limited']],
  ['a limited champion', SURE, file('lm-eval-limited.json'), ['unknown evaluation/evaluation-limited']],
  [
    'another version of the task',
    SURE.replace('"flights": 1.0', '"flights": 2.0'),
    SURE,
    ['unknown evaluation/task-changed'],
  ],
  [
    'another number of shots',
    SURE.replace(/("n-shot": \{\s*"flights": )0/, '$15'),
    SURE,
    ['unknown evaluation/prompt-changed'],
  ],
  [
    'NaN',
    SURE.replace('"acc,none": 0.25', '"acc,none": NaN'),
    SURE,
    ['error evaluation/candidate-not-finite'],
  ],
])('%s decides nothing, and is named', (_, candidate, champion, rules) => {
  const found = gate(candidate, champion)
  expect(found.rules).toEqual(expect.arrayContaining(rules))
  expect(found.verdict).toBeUndefined()
})

test('a rule that takes a loss for a gain decides nothing', () => {
  const { findings, outcomes } = examineSummaries(
    summary(SURE),
    summary(worse),
    policy([{ ...RULE, better: 'lower' }]),
  )
  expect(findings.map(({ level, rule }) => [level, rule])).toEqual([
    ['unknown', 'evaluation/direction-contradicts'],
  ])
  expect(outcomes).toEqual([])
})

test('a metric that the tool does not have is named', () => {
  const { findings } = examineSummaries(
    summary(LM),
    summary(SURE),
    policy([{ ...RULE, metric: 'flights/f1' }]),
  )
  expect(findings.map(({ rule }) => rule)).toContain('evaluation/metric-missing')
})

test('a summary may have groups of metrics, as a file of DVC’s has', () => {
  const { metrics } = summary('{"train": {"auc": 0.93}, "test": {"auc": 0.9, "log_loss": NaN}}')
  expect([...metrics].map(([name, { value }]) => [name, value])).toEqual([
    ['train.auc', 0.93],
    ['test.auc', 0.9],
    ['test.log_loss', Number.NaN],
  ])
})

test('a mean over the rows that an evaluator lived through decides nothing', () => {
  const { findings, outcomes } = examineSummaries(
    summary(file('azure-broken.json')),
    undefined,
    policy([{ metric: 'same.same', better: 'higher', atLeast: 0.5, minRows: 2 }]),
  )
  expect(findings.map(({ level, rule }) => `${level} ${rule}`)).toContain(
    'error evaluation/evaluation-incomplete',
  )
  expect(outcomes).toEqual([])
})

test('an infinity that a store made a number decides nothing', () => {
  const { findings, outcomes } = examineSummaries(
    summary(file('mlflow.json')),
    undefined,
    policy([{ metric: 'ratio', better: 'higher', atLeast: 0.5, minRows: 2 }]),
  )
  expect(findings.map(({ rule }) => rule)).toContain('evaluation/candidate-not-finite')
  expect(outcomes).toEqual([])
})
