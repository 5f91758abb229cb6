import {
  type HarnessCheck,
  type HarnessMetric,
  type HarnessReader,
  hashOf,
  isJson,
  type Json,
  jsonIn,
  listIn,
  textOf,
} from './harness.js'

/** A test run of DeepEval (its test_run/api.py). `flaky` does not excuse a failure here: a waiver with a name does. */
export const deepeval: HarnessReader = {
  tool: 'DeepEval',
  read(value) {
    if (!isJson(value) || !Array.isArray(value['testCases'])) return undefined
    const cases = casesOf(value)
    if (!cases.every((one) => 'metricsData' in one || 'success' in one)) return undefined
    const scores = new Map<string, number[]>()
    const checks: HarnessCheck[] = []
    for (const [index, one] of cases.entries()) {
      const data = listIn(one, 'metricsData').filter(isJson)
      const broken = data.filter((metric) => textOf(metric['error']) !== undefined)
      for (const metric of data) {
        const name = textOf(metric['name']) ?? 'metric'
        const score = metric['score']
        scores.set(name, [...(scores.get(name) ?? []), typeof score === 'number' ? score : Number.NaN])
      }
      const failed = data.filter((metric) => metric['success'] !== true)
      const why = (broken[0]?.['error'] ?? failed[0]?.['reason']) as unknown
      checks.push({
        name: textOf(one['name']) ?? `test ${index + 1}`,
        state:
          broken.length > 0
            ? 'errored'
            : one['success'] !== true || failed.length > 0
              ? 'failed'
              : // Without a metric nothing was measured.
                data.length > 0
                ? 'passed'
                : 'skipped',
        message: textOf(why) ?? '',
      })
    }
    const metrics = new Map<string, HarnessMetric>([...scores].map(([name, all]) => [name, meanOf(all)]))
    return {
      tool: this.tool,
      metrics,
      checks,
      conditions: conditionsOf(value, cases),
      refusals: cases.length === 0 ? ['it has no test case'] : [],
    }
  },
}

/** Those of one turn, and conversations. */
export function casesOf(run: Json): Json[] {
  return [...listIn(run, 'testCases'), ...listIn(run, 'conversationalTestCases')].filter(isJson)
}

/** What a case asks, and what it expects: the same in every run. */
export function caseHash(one: Json): string {
  return hashOf(ASKED.map((key) => one[key] ?? null))
}

const ASKED = ['input', 'expectedOutput', 'context', 'expectedTools', 'scenario', 'expectedOutcome'] as const

/** The prompts that the run logged, which it need not, and its cases. */
function conditionsOf(run: Json, cases: readonly Json[]): Map<string, string> {
  const conditions = new Map<string, string>()
  for (const [index, prompt] of listIn(run, 'prompts').filter(isJson).entries()) {
    const {
      alias,
      hash,
      textTemplate,
      text_template = textTemplate,
      messagesTemplate,
      messages_template = messagesTemplate,
    } = prompt
    conditions.set(`prompt ${textOf(alias) ?? index + 1}`, hashOf([hash, text_template, messages_template]))
  }
  for (const [name, found] of Object.entries(jsonIn(run, 'hyperparameters')))
    if (/prompt/i.test(name)) conditions.set(`prompt ${name}`, hashOf(found))
  if (cases.length > 0) conditions.set('dataset of cases', hashOf(cases.map(caseHash).sort()))
  return conditions
}

function meanOf(values: readonly number[]): HarnessMetric {
  const rows = values.length
  const value = values.reduce((sum, x) => sum + x, 0) / rows
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0)
  const error = rows > 1 ? Math.sqrt(squares / (rows - 1) / rows) : 0
  return { value, rows, better: 'higher', ...(error > 0 ? { standardError: error } : {}) }
}
