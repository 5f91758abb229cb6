import {
  type HarnessCheck,
  type HarnessMetric,
  type HarnessReader,
  isJson,
  listIn,
  textOf,
} from './harness.js'

/** A test run of DeepEval (its test_run/api.py). `flaky` does not excuse a failure here: a waiver with a name does. */
export const deepeval: HarnessReader = {
  tool: 'DeepEval',
  read(value) {
    if (!isJson(value) || !Array.isArray(value['testCases'])) return undefined
    const cases = value['testCases'].filter(isJson)
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
      conditions: new Map(),
      refusals: cases.length === 0 ? ['it has no test case'] : [],
    }
  },
}

function meanOf(values: readonly number[]): HarnessMetric {
  const rows = values.length
  const value = values.reduce((sum, x) => sum + x, 0) / rows
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0)
  const error = rows > 1 ? Math.sqrt(squares / (rows - 1) / rows) : 0
  return { value, rows, better: 'higher', ...(error > 0 ? { standardError: error } : {}) }
}
