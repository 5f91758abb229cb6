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

/** Log of UK AISI's inspect_ai: a `.json` log, or `header.json` of an `.eval` one (its log/_log.py). */
export const inspectLog: HarnessReader = {
  tool: 'inspect_ai',
  read(value) {
    if (!isJson(value) || !isJson(value['eval']) || typeof value['status'] !== 'string') return undefined
    const { eval: spec, status } = value as { eval: Json; status: string }
    const results = jsonIn(value, 'results')
    const task = textOf(spec['task']) ?? 'task'
    const metrics = new Map<string, HarnessMetric>()
    const scores = listIn(results, 'scores')
    for (const score of scores) {
      if (!isJson(score)) continue
      // The same metric by two scorers, or two reducers of one, are two metrics.
      const scorer = [textOf(score['name']) ?? textOf(score['scorer']) ?? 'score', textOf(score['reducer'])]
        .filter((part) => part !== undefined)
        .join(',')
      const found = jsonIn(score, 'metrics')
      const error = jsonIn(found, 'stderr')['value']
      const rows =
        typeof score['scored_samples'] === 'number' ? score['scored_samples'] : results['completed_samples']
      for (const [name, metric] of Object.entries(found)) {
        if (!isJson(metric) || name === 'stderr' || typeof metric['value'] !== 'number') continue
        metrics.set(`${task}/${scorer}/${name}`, {
          value: metric['value'],
          ...(name === 'accuracy' || name === 'mean' ? errorOf(error) : {}),
          ...(typeof rows === 'number' ? { rows } : {}),
        })
      }
    }
    const { version } = jsonIn(spec, 'packages') as { version?: unknown }
    const inspect = textOf(jsonIn(spec, 'packages')['inspect_ai'] ?? version)
    return {
      tool: this.tool,
      ...(inspect === undefined ? {} : { version: inspect }),
      metrics,
      checks: [],
      conditions: conditionsOf(spec),
      refusals: refusalsOf(value, spec, results, status, scores),
    }
  },
}

/** A cancelled log can still carry an accuracy; that of samples which nobody scored is one of others. */
function refusalsOf(
  log: Json,
  spec: Json,
  results: Json,
  status: string,
  scores: readonly unknown[],
): string[] {
  const refusals: string[] = []
  if (status !== 'success') refusals.push(`its status is ${JSON.stringify(status.slice(0, 40))}`)
  if (log['invalidated'] === true) refusals.push('it was invalidated')
  if (!isJson(log['results'])) refusals.push('it has no results')
  const limit = jsonIn(spec, 'config')['limit']
  if (limit !== null && limit !== undefined)
    refusals.push(`it was run with a limit (${JSON.stringify(limit).slice(0, 40)})`)
  const chosen = jsonIn(spec, 'config')['sample_id']
  if (chosen !== null && chosen !== undefined) refusals.push('it was run on chosen samples (sample_id)')
  const { completed_samples: completed, total_samples: total } = results
  if (typeof completed === 'number' && typeof total === 'number' && completed < total)
    refusals.push(`${completed} of ${total} samples were completed`)
  const unscored = scores.reduce<number>(
    (most, score) =>
      Math.max(
        most,
        isJson(score) && typeof score['unscored_samples'] === 'number' ? score['unscored_samples'] : 0,
      ),
    0,
  )
  if (unscored > 0) refusals.push(`${unscored} samples were not scored`)
  return refusals
}

function conditionsOf(spec: Json): Map<string, string> {
  const conditions = new Map<string, string>()
  const note = (name: string, value: unknown) => {
    const text = textOf(value)
    if (text !== undefined) conditions.set(name, text)
  }
  const dataset = jsonIn(spec, 'dataset')
  const config = jsonIn(spec, 'config')
  note('task', spec['task'])
  note('task version', spec['task_version'])
  note('dataset', dataset['name'])
  note('dataset samples', dataset['samples'])
  note('epochs', config['epochs'])
  const reducers = config['epochs_reducer']
  if (Array.isArray(reducers)) note('epochs reducer', reducers.map(String).join(', '))
  return conditions
}
