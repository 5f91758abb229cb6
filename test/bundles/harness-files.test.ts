import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Runner, startRunner } from './rig.js'

/** Written by the tools themselves: see packages/evaluation/test/harness/write/README.md. */
const FILES = [
  'lm-eval-samples-candidate.jsonl',
  'lm-eval-samples-champion.jsonl',
  'inspect-samples-candidate.eval',
  'inspect-samples-champion.eval',
  'dvc-diff-all.json',
  'dvc-metrics.toml',
  'metrics-tfma.tfrecord',
  'metrics-tfma.parquet',
  'validations-ok.parquet',
  'validations-stamped.tfrecord',
]

let runner: Runner
beforeAll(async () => {
  const samples = new URL('../../packages/evaluation/test/harness/samples/', import.meta.url)
  runner = await startRunner(
    Object.fromEntries(FILES.map((file) => [file, readFileSync(new URL(file, samples))])),
  )
})
afterAll(() => runner[Symbol.asyncDispose]())

const points = (rule: string) => `evaluation:\n  pointEstimates: decide\n  rules: [{ ${rule} }]\n`
const samples = (rule: string) =>
  `evaluation:\n  task: generation\n  rules: [{ metric: mean, ${rule}, better: higher, minRows: 20 }]\n`
const LM = ['lm-eval-samples-candidate.jsonl', 'lm-eval-samples-champion.jsonl'] as const
const INSPECT = ['inspect-samples-candidate.eval', 'inspect-samples-champion.eval'] as const
const DIFF = ['dvc-diff-all.json', 'dvc-diff-all.json'] as const

test.each<[string, string, readonly [string, string?], number]>([
  [
    'samples of lm-evaluation-harness hold',
    samples('column: "exact_match,strict-match", margin: 0.2'),
    LM,
    0,
  ],
  [
    'samples of lm-evaluation-harness decide nothing',
    samples('column: "exact_match,strict-match", margin: 0.02'),
    LM,
    3,
  ],
  ['samples of inspect_ai hold', samples('column: match, margin: 0.3'), INSPECT, 0],
  [
    'a loss that dvc metrics diff ends with 0 over',
    points('metric: "m.json:test.auc", better: higher, margin: 0.01'),
    DIFF,
    1,
  ],
  ['TOML holds', points('metric: auc, atLeast: 0.6'), ['dvc-metrics.toml'], 0],
  [
    'TFRecord fails',
    points('metric: candidate/auc, better: higher, atLeast: 0.99'),
    ['metrics-tfma.tfrecord'],
    1,
  ],
  [
    'Parquet of messages holds',
    points('metric: candidate/auc, better: higher, atLeast: 0.8'),
    ['metrics-tfma.parquet'],
    0,
  ],
])('%s: the step ends as its verdict is', async (_, config, [candidate, champion], code) => {
  await runner.write('sluice.yaml', config)
  const inputs = champion === undefined ? { candidate, 'first-release': 'true' } : { candidate, champion }
  const step = await runner.run('model-gate', { inputs })
  expect({ code: step.code, verdict: step.outputs['verdict'] }).toEqual({
    code,
    verdict: code === 0 ? 'pass' : code === 1 ? 'fail' : 'inconclusive',
  })
})

test.each([
  ['validations-ok.parquet', 0],
  ['validations-stamped.tfrecord', 3],
])('data-gate ends with %s as the validation says', async (results, code) => {
  await runner.write('sluice.yaml', '{}\n')
  expect(await runner.run('data-gate', { inputs: { results } })).toMatchObject({ code })
})

test('what is written for the Hugging Face Hub names the run', async () => {
  await runner.write(
    'sluice.yaml',
    points('metric: auc, atLeast: 0.6').replace(
      'rules:',
      'evalResults: [{ metric: auc, dataset: octo-org/flights, taskId: late }]\n  rules:',
    ),
  )
  const step = await runner.run('model-gate', {
    inputs: {
      candidate: 'dvc-metrics.toml',
      'first-release': 'true',
      'eval-results': '.eval_results/late.yaml',
    },
  })
  expect(readFileSync(step.outputs['eval-results']!, 'utf8')).toMatch(
    /^- dataset:\n {4}id: octo-org\/flights\n {4}task_id: late\n {2}value: 0.7\n {2}source:\n {4}url: http\S+\/actions\/runs\/\S+\n/,
  )
})
