import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFindings } from '../../src/harness/check-findings.js'
import { readHarness } from '../../src/harness/read.js'

const sample = (file: string) => readFileSync(new URL(`samples/${file}`, import.meta.url))
const read = (file: string) => readHarness(file, sample(file))
const readText = (value: unknown, file = 'x.json') =>
  readHarness(file, new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))
const states = async (file: string) =>
  Object.fromEntries((await read(file)).checks.map(({ name, state }) => [name, state]))

/** Written by the tools themselves: see write/README.md. */
describe('files that the tools wrote', () => {
  test('lm-evaluation-harness', async () => {
    const { conditions, metrics, refusals, tool } = await read('lm-eval.json')
    expect(tool).toBe('lm-evaluation-harness')
    expect(Object.fromEntries(metrics)).toEqual({
      'flights/acc': { value: 0.25, standardError: 0.16366341767699427, rows: 8, better: 'higher' },
      'flights/acc_norm': { value: 0.375, standardError: 0.18298126367784995, rows: 8, better: 'higher' },
    })
    expect(refusals).toEqual([])
    expect(conditions.get('version of flights')).toBe('1')
  })

  test('lm-evaluation-harness with a limit is not to be trusted', async () => {
    expect((await read('lm-eval-limited.json')).refusals).toEqual([
      'flights was evaluated on 4 of 8 samples',
      'it was run with --limit 4',
    ])
  })

  test('inspect_ai', async () => {
    const { conditions, metrics, refusals, tool, version } = await read('inspect.json')
    expect({ refusals, tool, version }).toEqual({ refusals: [], tool: 'inspect_ai', version: '0.3.285' })
    expect(metrics.get('late_flights/match/accuracy')).toEqual({
      value: 0.75,
      rows: 12,
      standardError: expect.closeTo(0.1306, 3),
    })
    expect(Object.fromEntries(conditions)).toMatchObject({
      dataset: 'late-flights',
      'dataset samples': '12',
      epochs: '1',
    })
  })

  test('inspect_ai’s .eval archive, which zstd compresses', async () => {
    const { metrics, refusals } = await read('inspect.eval')
    expect(refusals).toEqual([])
    expect(metrics.get('late_flights/match/accuracy')).toMatchObject({ value: 0.75, rows: 12 })
  })

  test('inspect_ai with a limit is not to be trusted', async () => {
    expect((await read('inspect-limited.json')).refusals.join()).toContain('with a limit (4)')
  })

  test('inspect_ai on chosen samples, and promptfoo on chosen tests, are not to be trusted', async () => {
    expect((await read('inspect-samples-chosen.eval')).refusals).toEqual([
      'it was run on chosen samples (sample_id)',
    ])
    expect((await read('promptfoo-filtered.json')).refusals).toEqual(['1 of 3 tests were run'])
  })

  test('promptfoo', async () => {
    const { checks, metrics, refusals, tool } = await read('promptfoo.json')
    expect({ refusals, tool }).toEqual({ refusals: [], tool: 'promptfoo' })
    expect(metrics.get('echo/pass_rate')).toEqual({ value: 0.5, rows: 2, better: 'higher' })
    expect(metrics.get('echo/same')).toEqual({ value: 0.5, rows: 2 })
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ['echo: says late', 'passed'],
      ['echo: says early', 'failed'],
    ])
  })

  test('DeepEval', async () => {
    const { checks, metrics } = await read('deepeval.json')
    expect(metrics.get('Same')).toEqual({
      value: 2 / 3,
      rows: 3,
      better: 'higher',
      standardError: expect.closeTo(1 / 3, 12),
    })
    expect(checks.map(({ message, state }) => [state, message])).toEqual([
      ['failed', 'answered yes'],
      ['passed', ''],
      ['passed', ''],
    ])
  })

  test('Great Expectations: an expectation that raised has broken down, not passed', async () => {
    expect(await states('great-expectations.json')).toEqual({
      'expect_column_values_to_not_be_null of altitude': 'errored',
      'expect_column_values_to_be_between of distance': 'failed',
      'expect_column_values_to_not_be_null of distance': 'passed',
    })
    expect(
      checkFindings('gx.json', await read('great-expectations.json')).map(({ level, rule }) => [rule, level]),
    ).toEqual([
      ['checks/broken', 'error'],
      ['checks/failed', 'error'],
    ])
  })

  test('Evidently', async () => {
    const { checks, metrics } = await read('evidently.json')
    expect(metrics.get('MeanValue(column=distance)')).toEqual({ value: 175.25 })
    expect(metrics.get('MissingValueCount(column=distance)/count')).toEqual({ value: 1 })
    expect(checks.map(({ state }) => state)).toEqual(['failed', 'passed'])
  })

  test('Pandera', async () => {
    expect(await states('pandera.json')).toEqual({
      'DATAFRAME_CHECK of distance': 'failed',
      'DATAFRAME_CHECK of origin': 'failed',
    })
  })

  test('Deequ: a constraint that could not be computed has failed', async () => {
    const { checks, tool } = await read('deequ.json')
    expect(tool).toBe('Deequ')
    expect(checks.map(({ message, name, state }) => [name.split('(')[0], state, message])).toEqual([
      ['flights: UniquenessConstraint', 'passed', ''],
      [
        'flights: CompletenessConstraint',
        'failed',
        'Value: 0.6666666666666666 does not meet the constraint requirement!',
      ],
      ['flights: ComplianceConstraint', 'failed', 'Input data does not include column altitude!'],
      [
        'distances: ComplianceConstraint',
        'failed',
        'Value: 0.6666666666666666 does not meet the constraint requirement!',
      ],
    ])
  })

  test('Hugging Face’s Trainer: what was evaluated, not how fast, nor what was trained', async () => {
    const { metrics, refusals, tool } = await read('trainer.json')
    expect({ refusals, tool }).toEqual({ refusals: [], tool: 'Hugging Face Trainer' })
    expect(Object.fromEntries(metrics)).toEqual({
      eval_accuracy: { value: 0.4583333333333333, rows: 24 },
      eval_loss: { value: 0.6930944323539734, rows: 24, better: 'lower' },
    })
    expect((await read('trainer-nan.json')).metrics.get('eval_loss')?.value).toBeNaN()
  })

  test('scikit-learn, with an accuracy and with a micro average', async () => {
    const { metrics } = await read('classification-report.json')
    expect(metrics.get('accuracy')).toEqual({ value: 2 / 3, rows: 6, better: 'higher' })
    expect(metrics.get('on time/f1-score')).toEqual({ value: 0, rows: 1, better: 'higher' })
    const subset = await read('classification-report-subset.json')
    expect(subset.metrics.get('micro avg/f1-score')).toMatchObject({ value: 0.8 })
    expect(subset.metrics.has('accuracy')).toBe(false)
  })

  test('pytest’s JUnit', async () => {
    const { checks } = await read('junit.xml')
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ['test_flights.test_passes', 'passed'],
      ['test_flights.test_fails', 'failed'],
      ['test_flights.test_errors', 'errored'],
      ['test_flights.test_skipped', 'skipped'],
    ])
    expect(checks[1]?.message).toContain('another <airport> & more')
  })

  test('MLflow: NaN, and the infinity that its store made a number, are none; datasets are conditions', async () => {
    const { conditions, metrics, refusals, tool } = await read('mlflow.json')
    expect({ refusals, tool }).toEqual({ refusals: [], tool: 'MLflow' })
    expect(Object.fromEntries(metrics)).toEqual({
      roc_auc: { value: 0.9 },
      log_loss: { value: Number.NaN },
      ratio: { value: Number.NaN },
    })
    expect(Object.fromEntries(conditions)).toEqual({ 'dataset flights': '53ee7f3b' })
    expect((await read('mlflow-running.json')).refusals).toEqual(["the run's status is RUNNING"])
    const deleted = sample('mlflow.json')
      .toString()
      .replace('"lifecycle_stage": "active"', '"lifecycle_stage": "deleted"')
    expect((await readText(deleted)).refusals).toEqual(['the run was deleted'])
  })

  test('a run of MLflow that was deleted is not to be trusted, and one without metrics is a run', async () => {
    const run = JSON.parse(sample('mlflow.json').toString()) as { run: { info: object; data: object } }
    const changed = (info: object, data = run.run.data) =>
      readText({ run: { ...run.run, data, info: { ...run.run.info, ...info } } })
    expect((await changed({ lifecycle_stage: 'deleted' })).refusals).toEqual(['the run was deleted'])
    expect(await changed({}, {})).toMatchObject({ tool: 'MLflow', refusals: [], metrics: new Map() })
  })

  test('a standard error that a run of MLflow logs beside its metric is that metric’s', async () => {
    const run = JSON.parse(sample('mlflow.json').toString()) as { run: object }
    const metrics = [
      { key: 'auc', value: 0.8 },
      { key: 'auc_stderr', value: 0.01 },
      { key: 'lonely_stderr', value: 0.02 },
      { key: 'loss', value: 0.4 },
      { key: 'loss_stderr', value: 'NaN' },
    ]
    const read = await readText({ run: { ...run.run, data: { metrics } } })
    expect(Object.fromEntries(read.metrics)).toEqual({
      auc: { value: 0.8, standardError: 0.01 },
      lonely_stderr: { value: 0.02 },
      loss: { value: 0.4 },
    })
  })

  test('Azure’s evaluate, whose keys hold dots', async () => {
    const { metrics, refusals } = await read('azure.json')
    expect(refusals).toEqual([])
    expect(metrics.get('same.same')).toEqual({ value: 2 / 3, rows: 3 })
    expect(await states('azure.json')).toEqual({
      'a: same.same': 'passed',
      'b: same.same': 'failed',
      'c: same.same': 'passed',
    })
  })

  test('Azure’s mean over the rows that an evaluator lived through is not one over all', async () => {
    expect((await read('azure-broken.json')).refusals).toEqual(['same.same is over 2 of 3 rows'])
    expect((await states('azure-broken.json'))['b: same.same']).toBe('errored')
  })

  test('DVC', async () => {
    expect(Object.fromEntries((await read('dvc-show.json')).metrics)).toEqual({
      'train.auc': { value: 0.93 },
      'train.rows': { value: 800 },
      'test.auc': { value: 0.9 },
      'test.log_loss': { value: Number.NaN },
    })
  })
})

describe('files of YAML and TOML', () => {
  const values = async (file: string) =>
    Object.fromEntries([...(await read(file)).metrics].map(([name, { value }]) => [name, value]))

  test('DVC’s metrics, with the NaN of either', async () => {
    expect(await values('dvc-metrics.yaml')).toEqual({ auc: 0.81, 'nested.f1': Number.NaN, 'nested.rows': 3 })
    expect(await values('dvc-metrics.toml')).toEqual({ auc: 0.7, 'test.f1': Number.NaN, 'test.rows': 12 })
  })

  test('a model card: a name no longer than it must be, and of a value with a spread the value', async () => {
    const { conditions, metrics, refusals, tool } = await read('model-card.md')
    expect({ refusals, tool }).toEqual({ refusals: [], tool: 'Hugging Face model-index' })
    expect(Object.fromEntries(metrics)).toEqual({
      'octo-org/flights,test/accuracy': { value: 0.91 },
      'octo-org/flights,validation/accuracy': { value: 0.93 },
      'octo-org/runway/mean_reward': { value: 20 },
      'octo-org/flights/f1': { value: Number.NaN },
    })
    expect(conditions.get('dataset of octo-org/flights,test/accuracy')).toContain('5503434ddd')
  })

  test('what a model card says twice, or of two models, is not to be trusted', async () => {
    const card = sample('model-card.md').toString()
    const twice = card.replace('split: validation', 'split: test')
    const text = (value: string) => readHarness('README.md', new TextEncoder().encode(value))
    expect((await text(twice)).refusals).toEqual(
      Array(2).fill('octo-org/flights,Flights,test/accuracy,accuracy stands in it 2 times'),
    )
    expect(
      (await text(card.replace('model-index:', 'model-index:\n- name: other\n  results: []'))).refusals,
    ).toEqual(['it has results of 2 models'])
  })

  test.each([
    ['20.0 ± 1.2', 20],
    ['-3.5 +/- 0.25', -3.5],
    ['91.2%', 91.2],
    ['1e-3', 0.001],
    ['about 20', Number.NaN],
    ['20 of 30', Number.NaN],
    ['0x10', Number.NaN],
  ])('of the value %j the number is %d', async (value, number) => {
    const yaml = `- { dataset: { id: a/b, task_id: c }, value: "${value}" }`
    const { metrics } = await readHarness('x.yaml', new TextEncoder().encode(yaml))
    expect(metrics.get('a/b/c')).toEqual({ value: number })
  })

  test('the Hub’s results, whose setup both models must share', async () => {
    const { conditions, metrics, tool } = await read('eval-results.yaml')
    expect(tool).toBe('Hugging Face eval results')
    expect(Object.fromEntries(metrics)).toEqual({
      'octo-org/flights/late': { value: 0.625 },
      'octo-org/flights/early': { value: 37.5 },
    })
    expect(Object.fromEntries(conditions)).toEqual({
      'dataset of octo-org/flights/late': '5503434ddd753f426f4b38109466949a1217c2bb',
      'setup of octo-org/flights/late': 'held-out week',
      'dataset of octo-org/flights/early': 'no revision',
    })
  })

  test.each([
    ['a key twice', 'x.yaml', 'auc: 1\nauc: 2\n'],
    ['a key twice below another', 'x.yaml', 'a: { 1: 0.5, "1": 0.7 }\n'],
    ['a list for a key', 'x.yaml', '? [auc]\n: 1\n'],
    ['an alias', 'x.yaml', 'a: &a { auc: 1 }\nb: *a\n'],
    ['an alias in itself', 'x.yaml', 'a: &a { b: *a }\n'],
    ['brackets without end', 'x.yaml', '['.repeat(100_000)],
    ['brackets', 'x.yaml', `a: ${'['.repeat(70)}${']'.repeat(70)}`],
    ['a key twice', 'x.toml', 'auc = 1\nauc = 2\n'],
    ['brackets', 'x.toml', `a = ${'['.repeat(70)}${']'.repeat(70)}`],
    ['brackets without end', 'x.toml', `a = ${'['.repeat(100_000)}`],
    ['half a line', 'x.toml', 'auc ='],
    ['too much of it', 'x.toml', `# ${'x'.repeat(1024 * 1024)}\nauc = 1`],
    ['no front matter', 'README.md', '# A model\n\nauc: 1\n'],
    ['front matter without an end', 'README.md', '---\nauc: 1\n'],
  ])('%s in %s is refused', async (_, file, text) => {
    await expect(readHarness(file, new TextEncoder().encode(text))).rejects.toMatchObject({
      code: 'HARNESS_MALFORMED',
    })
  })

  test('many keys in YAML are each looked at once', async () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`)
    const { metrics } = await readHarness('x.yaml', new TextEncoder().encode(keys.join('\n')))
    expect(metrics.size).toBe(60_000)
  })

  test.each([
    ['x.yaml', '__proto__: { polluted: 1 }\nconstructor: 2\n'],
    ['x.toml', 'constructor = 2\n[__proto__]\npolluted = 1\n'],
  ])('keys of the prototype in %s are names like others', async (file, text) => {
    const { metrics } = await readHarness(file, new TextEncoder().encode(text))
    expect([...metrics.keys()].sort()).toEqual(['__proto__.polluted', 'constructor'])
    expect(Object.prototype).not.toHaveProperty('polluted')
  })
})

describe('DVC’s comparison of two revisions', () => {
  test('holds both models; what is no number is no metric, and what one side has not it has not', async () => {
    const { championMetrics, metrics } = await read('dvc-diff-all.json')
    expect(Object.fromEntries(metrics)).toEqual({
      'm.json:test.auc': { value: 0.85 },
      'm.json:test.log_loss': { value: Number.NaN },
      'm.json:test.fresh': { value: 1 },
      'm.yaml:auc': { value: 0.81 },
      'm.yaml:nested.f1': { value: Number.NaN },
      'm.yaml:nested.rows': { value: 3 },
      'm.toml:auc': { value: 0.7 },
      'm.toml:test.f1': { value: Number.NaN },
      'm.toml:test.rows': { value: 12 },
    })
    expect(championMetrics?.get('m.json:test.auc')).toEqual({ value: 0.9 })
    expect(championMetrics?.has('m.json:test.fresh')).toBe(false)
    expect((await read('dvc-diff.json')).metrics.has('m.toml:auc')).toBe(false)
  })
})

test('DVC’s tree of numbers', async () => {
  expect(Object.fromEntries((await readText({ train: { auc: 0.9 }, note: 'x', n: 3 })).metrics)).toEqual({
    'train.auc': { value: 0.9 },
    n: { value: 3 },
  })
})

describe('what is not to be trusted is refused, and nothing is skipped', () => {
  const log = JSON.parse(sample('inspect.json').toString()) as Record<string, unknown>

  test.each<[string, object, string]>([
    ['a cancelled log that carries an accuracy', { status: 'cancelled' }, 'its status is "cancelled"'],
    ['an invalidated log', { invalidated: true }, 'it was invalidated'],
    [
      'samples that were not completed',
      { results: { ...(log['results'] as object), completed_samples: 11 } },
      '11 of 12 samples were completed',
    ],
    ['a log without results', { results: undefined }, 'it has no results'],
  ])('%s', async (_, change, says) => {
    expect((await readText({ ...log, ...change })).refusals).toContain(says)
  })

  test('Python’s NaN stays one, and a standard error that is a text is none', async () => {
    const text = sample('lm-eval.json')
      .toString()
      .replace('0.25', 'NaN')
      .replace('0.16366341767699427', '"N/A"')
    expect((await readText(text)).metrics.get('flights/acc')).toEqual({
      value: Number.NaN,
      rows: 8,
      better: 'higher',
    })
  })

  test('a flaky failure is a failure', async () => {
    const run = JSON.parse(sample('deepeval.json').toString())
    run.testCases[0].flaky = true
    run.testCases[0].success = true
    expect((await readText(run)).checks[0]).toMatchObject({ state: 'failed' })
  })

  test('a conversation counts as a case does', async () => {
    const run = JSON.parse(sample('deepeval.json').toString())
    const [failed] = run.testCases
    run.conversationalTestCases = [{ ...failed, name: 'talk', scenario: 'a late flight', turns: [] }]
    run.testCases = run.testCases.slice(1)
    expect((await readText(run)).checks.map(({ name, state }) => [name, state])).toEqual([
      ['test_case_1', 'passed'],
      ['test_case_2', 'passed'],
      ['talk', 'failed'],
    ])
  })

  test('a case without a metric has not passed', async () => {
    const run = JSON.parse(sample('deepeval.json').toString())
    run.testCases = [{ name: 'empty', success: true, metricsData: [] }]
    expect((await readText(run)).checks).toEqual([{ name: 'empty', state: 'skipped', message: '' }])
  })

  test('a prompt does not hide behind another of the same provider', async () => {
    const run = JSON.parse(sample('promptfoo.json').toString())
    const [prompt] = run.results.prompts
    const metrics = { ...prompt.metrics, testPassCount: 2, testFailCount: 0 }
    run.results.prompts = [prompt, { ...prompt, label: 'short', metrics }, { ...prompt, label: 'short' }]
    const rates = [...(await readText(run)).metrics].filter(([name]) => name.endsWith('pass_rate'))
    expect(rates.map(([name, { value }]) => [name, value])).toEqual([
      [`echo/${prompt.label}/pass_rate`, 0.5],
      ['echo/short/pass_rate', 1],
      ['echo/short (3)/pass_rate', 0.5],
    ])
  })

  test('a test that was run again until it passed has failed', async () => {
    const xml = '<testsuite><testcase name="a"><flakyFailure message="once"/></testcase></testsuite>'
    expect((await readText(xml)).checks).toEqual([{ name: 'a', state: 'failed', message: 'once' }])
  })

  test('a suite without expectations, and one without tests, have not passed', async () => {
    expect(
      (await readText({ success: true, statistics: { evaluated_expectations: 0 }, results: [] })).refusals,
    ).toEqual(['it has no expectation'])
    expect((await readText('<testsuites/>')).refusals).toEqual(['it has no test'])
  })

  test('metrics of several revisions, or of a file that DVC did not read, are not to be trusted', async () => {
    const revision = { data: { 'm.json': { data: { auc: 0.9 } } } }
    expect((await readText({ '': revision, main: revision })).refusals).toEqual(['it is of 2 revisions'])
    expect((await readText({ '': { data: { 'm.json': { error: { type: 'x' } } } } })).refusals).toEqual([
      'm.json was not read, or holds no tree of numbers',
    ])
  })

  test('a file of numbers alone decides nothing as a check', async () => {
    expect(checkFindings('x.json', await readText({ auc: 0.9 }))).toMatchObject([
      { rule: 'checks/none', level: 'unknown' },
    ])
  })

  test('many failures are cut and counted', async () => {
    const testcase = '<testcase name="a"><failure/></testcase>'
    const findings = checkFindings('x.xml', await readText(`<testsuite>${testcase.repeat(500)}</testsuite>`))
    expect(findings).toHaveLength(201)
    expect(findings.at(-1)?.message).toContain('300 more checks did not pass')
  })
})

test.each([
  ['no JSON', '{', 'HARNESS_MALFORMED'],
  ['no UTF-8', '\u00ff', 'HARNESS_MALFORMED'],
  ['no tool’s', '{"a": "b"}', 'HARNESS_UNKNOWN'],
  ['other XML', '<html/>', 'HARNESS_MALFORMED'],
  ['XML with entities', '<!DOCTYPE x [<!ENTITY a "b">]><testsuite>&a;</testsuite>', 'HARNESS_MALFORMED'],
  [
    'a test within another, which could hide that it failed',
    '<testsuite><testcase name="a"><failure/><testcase name="b"/></testcase></testsuite>',
    'HARNESS_MALFORMED',
  ],
  ['XML without an end', '<testsuite><testcase', 'HARNESS_MALFORMED'],
  ['nested JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'HARNESS_MALFORMED'],
  ['nested JSON with a NaN', `{"a": NaN, "b": ${'{"c":'.repeat(80)}1${'}'.repeat(81)}`, 'HARNESS_MALFORMED'],
  ['nested XML', `${'<testsuite>'.repeat(100)}`, 'HARNESS_MALFORMED'],
])('%s is refused by name', async (_, text, code) => {
  const bytes = text === '\u00ff' ? Uint8Array.of(0xff) : new TextEncoder().encode(text)
  await expect(readHarness('x', bytes)).rejects.toMatchObject({ code })
})

test.each(['constructor', 'toString', '__proto__'])(
  'an element <%s> says nothing of a test',
  async (name) => {
    const xml = `<testsuite><testcase name="a"><failure/><${name}/></testcase></testsuite>`
    expect((await readText(xml)).checks).toMatchObject([{ state: 'failed' }])
  },
)

test('brackets within texts are no depth, and a key that stands twice counts as it stands last', async () => {
  const text = JSON.stringify({ note: `\\"${'[{'.repeat(100)}` })
  expect(
    Object.fromEntries(
      (await readText(`{"auc": 0.9, "auc": 0.1, "__proto__": {"x": 1}, ${text.slice(1)}`)).metrics,
    ),
  ).toEqual(
    Object.fromEntries([
      ['auc', { value: 0.1 }],
      ['__proto__.x', { value: 1 }],
    ]),
  )
})

test('a damaged .eval archive is refused, and one whose evaluation did not end', async () => {
  const whole = new Uint8Array(sample('inspect.eval'))
  const name = Buffer.from(whole).lastIndexOf('header.json')
  const renamed = whole.slice()
  renamed[name] = 0x78
  await expect(readHarness('x.eval', renamed)).rejects.toThrow('the evaluation did not end')
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      const bytes = cut ? whole.slice(0, at) : whole.slice()
      if (!cut) bytes[at] = byte
      try {
        // Where the change is in what nobody reads.
        expect(await readHarness('x.eval', bytes)).toEqual(await read('inspect.eval'))
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^HARNESS_/) })
      }
    }),
    { numRuns: 1000 },
  )
})

test('no JSON makes a reader fall over', async () => {
  const keys = [
    'results',
    'versions',
    'eval',
    'status',
    'testCases',
    'metrics',
    'tests',
    'run',
    'info',
    'data',
    'rows',
    'statistics',
    'success',
    'evalId',
    'macro avg',
    'weighted avg',
    'eval_loss',
    'DATA',
  ]
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 1, 'x', Number.NaN),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 4 }),
    ),
  })).any
  await fc.assert(
    fc.asyncProperty(value, async (json) => {
      try {
        await readText(json)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^HARNESS_/) })
      }
    }),
    { numRuns: 2000 },
  )
})

describe('our own evaluation', () => {
  const all = { kind: 'all' }
  const found = { where: all, rows: 6000, candidate: 0.8, candidateStandardError: 0.004, state: 'good' }
  const rule = { metric: 'auc', better: 'higher', demand: 'bound', verdict: 'pass', cases: [found] }
  const predicate = (more: object = {}) => ({
    verdict: 'pass',
    task: 'binary',
    alpha: 0.025,
    inputs: [{ role: 'candidate', name: 'x', conditions: { 'dataset flights': 'abc' } }],
    problems: [],
    rules: [rule],
    ...more,
  })

  test('says what its candidate was on all rows, and on which data', async () => {
    const slice = { ...found, where: { kind: 'slice', column: 'origin', value: 'EWR' }, candidate: 0.6 }
    const { conditions, metrics, refusals, tool } = await readText(
      predicate({ rules: [{ ...rule, cases: [slice, found] }] }),
    )
    expect({ refusals, tool }).toEqual({ refusals: [], tool: 'Sluice evaluation' })
    expect(Object.fromEntries(metrics)).toEqual({
      auc: { value: 0.8, standardError: 0.004, rows: 6000, better: 'higher' },
    })
    expect(Object.fromEntries(conditions)).toEqual({ 'dataset flights': 'abc' })
  })

  test('that trusted nothing, or contradicts itself, is not to be trusted', async () => {
    const problems = [{ rule: 'evaluation/ids-unmatched', message: '…' }]
    expect((await readText(predicate({ problems, rules: [] }))).refusals).toEqual([
      'its data could not be trusted',
    ])
    const other = { ...rule, cases: [{ ...found, candidate: 0.9 }] }
    expect((await readText(predicate({ rules: [rule, other] }))).refusals).toEqual([
      'it has auc with two values',
    ])
  })

  test('without an error of its own, as at the end of a range, states none', async () => {
    const { candidateStandardError: _, ...bare } = found
    const { metrics } = await readText(predicate({ rules: [{ ...rule, cases: [bare] }] }))
    expect(metrics.get('auc')).not.toHaveProperty('standardError')
  })
})
