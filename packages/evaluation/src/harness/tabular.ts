import {
  errorOf,
  type HarnessCheck,
  type HarnessMetric,
  type HarnessReader,
  isJson,
  type Json,
  jsonIn,
  textOf,
} from './harness.js'

/** `classification_report(output_dict=True)` of scikit-learn: a class each, averages, and accuracy or a micro average. */
export const classificationReport: HarnessReader = {
  tool: 'scikit-learn',
  read(value) {
    if (!isJson(value) || !isJson(value['macro avg']) || !isJson(value['weighted avg'])) return undefined
    const metrics = new Map<string, HarnessMetric>()
    const rows = jsonIn(value, 'weighted avg')['support']
    for (const [label, found] of Object.entries(value)) {
      if (label === 'accuracy' && typeof found === 'number') {
        metrics.set('accuracy', {
          value: found,
          better: 'higher',
          ...(typeof rows === 'number' ? { rows } : {}),
        })
        continue
      }
      if (!isJson(found)) continue
      for (const [metric, number] of Object.entries(found)) {
        if (metric === 'support' || typeof number !== 'number') continue
        const support = found['support']
        metrics.set(`${label}/${metric}`, {
          value: number,
          better: 'higher',
          ...(typeof support === 'number' ? { rows: support } : {}),
        })
      }
    }
    return { tool: this.tool, metrics, checks: [], conditions: new Map(), refusals: [] }
  },
}

/** `all_results.json` of a Hugging Face Trainer: flat, `eval_*` and `train_*`. */
export const trainerResults: HarnessReader = {
  tool: 'Hugging Face Trainer',
  read(value) {
    if (
      !isJson(value) ||
      typeof value['eval_loss'] !== 'number' ||
      !('epoch' in value || 'eval_runtime' in value)
    )
      return undefined
    const rows = value['eval_samples']
    const metrics = new Map<string, HarnessMetric>()
    for (const [name, found] of Object.entries(value)) {
      if (
        typeof found !== 'number' ||
        !/^(eval|predict|test)_/.test(name) ||
        /_(samples|runtime)$|_per_second$/.test(name)
      )
        continue
      metrics.set(name, {
        value: found,
        ...(typeof rows === 'number' ? { rows } : {}),
        ...(/loss|perplexity$/.test(name) ? { better: 'lower' as const } : {}),
      })
    }
    return { tool: this.tool, metrics, checks: [], conditions: new Map(), refusals: [] }
  },
}

/** A run of MLflow, as `GET /api/2.0/mlflow/runs/get` answers; of each key only the last value is there. */
export const mlflowRun: HarnessReader = {
  tool: 'MLflow',
  read(value) {
    const run = jsonIn(value, 'run')
    const info = jsonIn(run, 'info')
    const data = jsonIn(run, 'data')
    // The server leaves out a list that is empty.
    const listed = data['metrics'] ?? []
    if (typeof info['run_id'] !== 'string' || !Array.isArray(listed)) return undefined
    const values = new Map<string, number>()
    for (const metric of listed)
      if (isJson(metric) && typeof metric['key'] === 'string')
        values.set(metric['key'], stored(metric['value']))
    const metrics = new Map<string, HarnessMetric>()
    for (const [key, value] of values) {
      // MLflow has no standard errors; a run may log its own, as summaries write them.
      if (key.endsWith(STDERR) && values.has(key.slice(0, -STDERR.length))) continue
      metrics.set(key, { value, ...errorOf(values.get(key + STDERR)) })
    }
    const conditions = new Map<string, string>()
    const inputs = jsonIn(run, 'inputs')['dataset_inputs']
    for (const input of Array.isArray(inputs) ? inputs : []) {
      const dataset = jsonIn(input, 'dataset')
      const digest = textOf(dataset['digest'])
      if (digest !== undefined) conditions.set(`dataset ${textOf(dataset['name']) ?? ''}`.trim(), digest)
    }
    const status = textOf(info['status'])
    return {
      tool: this.tool,
      metrics,
      checks: [],
      conditions,
      refusals: [
        ...(status === 'FINISHED' ? [] : [`the run's status is ${status ?? 'unknown'}`]),
        // A run that was thrown away stays readable until it is purged.
        ...(info['lifecycle_stage'] === 'deleted' ? ['the run was deleted'] : []),
      ],
    }
  },
}

const STDERR = '_stderr'

/** The REST API writes NaN as a text; a store in SQL keeps an infinity as the largest double there is. */
function stored(value: unknown): number {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_VALUE ? value : Number.NaN
}

/** `azure.ai.evaluation.evaluate`: `rows` with literal dotted keys, and `metrics`. */
export const azureEvaluate: HarnessReader = {
  tool: 'Azure AI evaluation',
  read(value) {
    if (!isJson(value) || !Array.isArray(value['rows']) || !isJson(value['metrics'])) return undefined
    if (
      !value['rows'].every(
        (row) => isJson(row) && Object.keys(row).some((key) => /^(inputs|outputs)\./.test(key)),
      )
    )
      return undefined
    const rows = value['rows'] as readonly Json[]
    const metrics = new Map<string, HarnessMetric>()
    const refusals = rows.length === 0 ? ['it has no row'] : []
    for (const [name, found] of Object.entries(value['metrics'])) {
      if (typeof found !== 'number') continue
      metrics.set(name, { value: found, rows: rows.length })
      // A row on which the evaluator broke down is left out of the mean, and the file says so nowhere else.
      const scored = rows.filter((row) => isScore(row[`outputs.${name}`])).length
      if (scored > 0 && scored < rows.length)
        refusals.push(`${name} is over ${scored} of ${rows.length} rows`)
    }
    const checks = rows.flatMap((row, index) =>
      Object.entries(row).flatMap(([key, found]): HarnessCheck[] => {
        if (!key.startsWith('outputs.') || !key.endsWith('_result')) return []
        const name = `${textOf(row['inputs.id']) ?? `row ${index + 1}`}: ${key.slice('outputs.'.length, -'_result'.length)}`
        return [{ name, ...resultOf(found) }]
      }),
    )
    return {
      tool: this.tool,
      metrics,
      checks,
      conditions: new Map(),
      refusals,
    }
  },
}

function isScore(value: unknown): boolean {
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

function resultOf(found: unknown): Pick<HarnessCheck, 'state' | 'message'> {
  if (found === 'pass') return { state: 'passed', message: '' }
  if (found === 'fail') return { state: 'failed', message: '' }
  return { state: 'errored', message: `neither pass nor fail, but ${textOf(found) ?? 'nothing'}` }
}
