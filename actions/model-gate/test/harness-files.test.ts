import { readFileSync } from 'node:fs'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'

/** Written by the tools themselves: see packages/evaluation/test/harness/write/README.md. */
const sample = (name: string) =>
  readFileSync(new URL(`../../../packages/evaluation/test/harness/samples/${name}`, import.meta.url), 'utf8')

const bytes = (name: string) =>
  new Uint8Array(
    readFileSync(new URL(`../../../packages/evaluation/test/harness/samples/${name}`, import.meta.url)),
  )

async function gateBytes(files: Record<string, string | Uint8Array>, given: object) {
  await using context = await testContext({ files })
  return await action.run(inputsWith(action, given), context)
}

async function gate(files: Record<string, string>, given: object) {
  await using context = await testContext({ files })
  const result = await action.run(inputsWith(action, given), context)
  const written =
    files['.eval_results/x.yaml'] === undefined && (await context.workspace.exists('.eval_results/x.yaml'))
  return { result, written: written ? await context.workspace.readText('.eval_results/x.yaml') : undefined }
}

const yaml = (...rules: string[]) =>
  `evaluation:\n  pointEstimates: decide\n  rules:\n${rules.map((rule) => `    - { ${rule} }\n`).join('')}`

describe('a comparison by DVC, which ends with 0 whatever changed', () => {
  const both = { candidate: 'diff.json', champion: 'diff.json' }
  const held = async (name: string, ...rules: string[]) =>
    (await gate({ 'sluice.yaml': yaml(...rules), 'diff.json': sample(name) }, both)).result

  test('fails where the candidate lost more than the margin, and passes where it did not', async () => {
    expect(
      await held('dvc-diff-all.json', 'metric: "m.json:test.auc", better: higher, margin: 0.01'),
    ).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'evaluation/regression' }],
    })
    expect(
      await held(
        'dvc-diff-all.json',
        'metric: "m.json:test.auc", better: higher, margin: 0.06',
        'metric: "m.yaml:auc", better: higher, betterBy: 0',
        'metric: "m.toml:auc", better: higher, margin: 0.001',
      ),
    ).toMatchObject({ verdict: 'pass' })
  })

  test.each([
    ['is NaN', 'dvc-diff-all.json', 'm.json:test.log_loss', 'evaluation/candidate-not-finite'],
    ['the champion has not', 'dvc-diff-all.json', 'm.json:test.fresh', 'evaluation/metric-missing'],
    ['is no number', 'dvc-diff-all.json', 'm.json:test.note', 'evaluation/metric-missing'],
    ['DVC left out as unchanged', 'dvc-diff.json', 'm.toml:auc', 'evaluation/metric-missing'],
  ])('a metric that %s decides nothing', async (_, name, metric, rule) => {
    const result = await held(name, `metric: "${metric}", better: higher, margin: 0.5`)
    expect(['fail', 'inconclusive']).toContain(result.verdict)
    expect(result.findings.map((finding) => finding.rule)).toContain(rule)
  })

  test('stands alone: beside another file nobody knows which model is which', async () => {
    const files = {
      'sluice.yaml': yaml('metric: auc, margin: 0.1'),
      'diff.json': sample('dvc-diff-all.json'),
      'm.yaml': sample('dvc-metrics.yaml'),
    }
    for (const [candidate, champion] of [
      ['diff.json', 'm.yaml'],
      ['m.yaml', 'diff.json'],
    ])
      await expect(gate(files, { candidate, champion })).rejects.toMatchObject({ code: 'INPUTS_MIXED' })
  })
})

describe('metrics of TensorFlow Model Analysis', () => {
  const held = async (file: string, ...rules: string[]) =>
    (
      await gateBytes(
        { 'sluice.yaml': yaml(...rules).replace('decide', 'inconclusive'), [`eval/${file}`]: bytes(file) },
        { candidate: `eval/${file}`, firstRelease: true },
      )
    ).verdict

  test.each(['metrics-tfma.tfrecord', 'metrics-tfma.parquet'])(
    '%s: the interval decides, on slices too',
    async (file) => {
      const rule = (metric: string, least: number) =>
        `metric: "${metric}", better: higher, minRows: 50, atLeast: ${least}`
      expect(await held(file, rule('candidate/auc', 0.85), rule('candidate/auc,diff', -0.1))).toBe('pass')
      // 0.912 is above, and its interval is not.
      expect(await held(file, rule('candidate/auc', 0.91))).toBe('inconclusive')
      expect(await held(file, rule('candidate/auc,diff', 0))).toBe('fail')
      expect(await held(file, rule('origin=ATL/candidate/auc', 0.99))).toBe('fail')
    },
  )
})

describe('metrics in YAML, TOML and a model card', () => {
  test.each([
    ['m.yaml', 'dvc-metrics.yaml', 'metric: auc, atLeast: 0.8', 'metric: auc, atLeast: 0.9'],
    ['m.toml', 'dvc-metrics.toml', 'metric: auc, atLeast: 0.6', 'metric: auc, atLeast: 0.8'],
    [
      'README.md',
      'model-card.md',
      'metric: "octo-org/flights,test/accuracy", better: higher, atLeast: 0.9',
      'metric: "octo-org/flights,test/accuracy", better: higher, atLeast: 0.95',
    ],
    [
      'x.yaml',
      'eval-results.yaml',
      'metric: octo-org/flights/late, better: higher, atLeast: 0.6',
      'metric: octo-org/flights/late, better: higher, atLeast: 0.7',
    ],
  ])('%s passes and fails', async (file, name, good, bad) => {
    const verdict = async (rule: string) =>
      (
        await gate(
          { 'sluice.yaml': yaml(rule), [file]: sample(name) },
          { candidate: file, firstRelease: true },
        )
      ).result.verdict
    expect([await verdict(good), await verdict(bad)]).toEqual(['pass', 'fail'])
  })

  test('another revision of the data is refused', async () => {
    const files = {
      'sluice.yaml': yaml('metric: octo-org/flights/late, better: higher, margin: 0.1'),
      'ours.yaml': sample('eval-results.yaml').replace('5503434', '0003434'),
      'theirs.yaml': sample('eval-results.yaml'),
    }
    expect((await gate(files, { candidate: 'ours.yaml', champion: 'theirs.yaml' })).result).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule: 'evaluation/dataset-changed' }],
    })
  })
})

describe('a file for the Hugging Face Hub', () => {
  const config = (rule: string) => `evaluation:
  pointEstimates: decide
  evalResults:
    - { metric: auc, dataset: octo-org/flights, taskId: late, revision: 5503434ddd753f426f4b38109466949a1217c2bb, notes: held-out week }
    - { metric: brier, dataset: octo-org/flights, taskId: early, percent: true }
  rules:
    - { ${rule} }
    - { metric: brier, atMost: 0.9 }
`
  const GITHUB = {
    serverUrl: 'https://github.com',
    repository: 'octo-org/flights',
    runId: '7',
    runAttempt: '2',
  }
  const given = { candidate: 'm.json', firstRelease: true, evalResults: '.eval_results/x.yaml' }
  const files = (rule = 'metric: auc, atLeast: 0.6') => ({
    'sluice.yaml': config(rule),
    'm.json': '{"auc": 0.625, "brier": 0.375}',
  })

  test('is what huggingface_hub itself writes', async () => {
    await using context = await testContext({ files: files() })
    const run = {
      ...context,
      run: {
        ...context.run,
        kind: 'github',
        event: null,
        sha: 'a'.repeat(40),
        ...GITHUB,
      } as typeof context.run,
    }
    const result = await action.run(inputsWith(action, given), run)
    expect(result.verdict).toBe('pass')
    expect(await context.workspace.readText('.eval_results/x.yaml')).toBe(
      // The second has no source there.
      sample('eval-results.yaml').replace(
        '  value: 37.5\n',
        '  value: 37.5\n  source:\n    url: https://github.com/octo-org/flights/actions/runs/7/attempts/2\n    name: Sluice model-gate\n',
      ),
    )
  })

  test('is not written of a candidate that did not pass, nor of a metric that nobody measured', async () => {
    expect(await gate(files('metric: auc, atLeast: 0.7'), given)).toMatchObject({
      result: { verdict: 'fail', outputs: { 'eval-results': '' } },
      written: undefined,
    })
    const passed = await gate(files(), given)
    expect(passed.result.outputs['eval-results']).toMatch(/\.eval_results\/x\.yaml$/)
    expect(passed.written).toContain('value: 0.625')
    for (const section of [
      config('metric: auc, atLeast: 0.6').replace('metric: brier, atMost', 'metric: log_loss, atMost'),
      yaml('metric: auc, atLeast: 0.6'),
    ])
      await expect(gate({ ...files(), 'sluice.yaml': section }, given)).rejects.toMatchObject({
        code: 'EVAL_RESULTS_UNMEASURED',
      })
  })
})
