import {
  errorOf,
  type HarnessMetric,
  type HarnessReader,
  isJson,
  type Json,
  jsonIn,
  listIn,
  textOf,
} from './harness.js'

/**
 * Sluice's own evaluation predicate (docs/predicates/evaluation.md): what its candidate was measured to be, on all rows,
 * with the standard errors that the rows gave. Slices are left out, for a summary has none.
 */
export const ownEvaluation: HarnessReader = {
  tool: 'Sluice evaluation',
  read(value) {
    if (!isJson(value) || typeof value['alpha'] !== 'number' || !Array.isArray(value['rules']))
      return undefined
    if (!Array.isArray(value['inputs']) || !Array.isArray(value['problems'])) return undefined
    const metrics = new Map<string, HarnessMetric>()
    const refusals = value['problems'].length === 0 ? [] : ['its data could not be trusted']
    for (const rule of value['rules']) {
      const name = textOf(isJson(rule) ? rule['metric'] : undefined)
      if (name === undefined) continue
      for (const found of listIn(rule, 'cases')) {
        const metric = metricOf(rule as Json, found)
        if (metric === undefined) continue
        const before = metrics.get(name)
        if (before !== undefined && before.value !== metric.value)
          refusals.push(`it has ${name} with two values`)
        metrics.set(name, metric)
      }
    }
    return { tool: this.tool, metrics, checks: [], conditions: conditionsOf(value['inputs']), refusals }
  },
}

/** What its candidate's own evaluation was of, where the tool that wrote it said so. */
function conditionsOf(inputs: readonly unknown[]): Map<string, string> {
  const candidate = inputs.find((input) => isJson(input) && input['role'] === 'candidate')
  return new Map(
    Object.entries(jsonIn(candidate, 'conditions')).flatMap(([name, found]): [string, string][] => {
      const text = textOf(found)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

function metricOf(rule: Json, found: unknown): HarnessMetric | undefined {
  if (!isJson(found) || jsonIn(found, 'where')['kind'] !== 'all') return undefined
  const { candidate, rows } = found
  if (typeof candidate !== 'number') return undefined
  const better = rule['better']
  return {
    value: candidate,
    ...errorOf(found['candidateStandardError']),
    ...(typeof rows === 'number' ? { rows } : {}),
    ...(better === 'higher' || better === 'lower' ? { better } : {}),
  }
}
