import { errorOf, type HarnessMetric, type HarnessReader, isJson, jsonIn, textOf } from './harness.js'

/** Of `results.<task>`: what is no metric. */
const OTHER = new Set(['alias', 'sample_len', 'sample_count', 'name'])

/** `results_*.json` of EleutherAI's lm-evaluation-harness (its lm_eval/result_schema.py); older ones have no filters. */
export const lmEval: HarnessReader = {
  tool: 'lm-evaluation-harness',
  read(value) {
    if (
      !isJson(value) ||
      !isJson(value['results']) ||
      !(isJson(value['versions']) || isJson(value['configs']))
    )
      return undefined
    const metrics = new Map<string, HarnessMetric>()
    const refusals: string[] = []
    for (const [task, results] of Object.entries(value['results'])) {
      if (!isJson(results)) continue
      const samples = jsonIn(value['n-samples'], task)
      const { effective, original } = samples
      if (typeof original === 'number' && typeof effective === 'number' && effective < original)
        refusals.push(`${task} was evaluated on ${effective} of ${original} samples`)
      for (const [key, found] of Object.entries(results)) {
        if (OTHER.has(key) || /_stderr(,|$)/.test(key) || typeof found !== 'number') continue
        const [metric, filter] = key.split(',') as [string, string | undefined]
        const error = results[filter === undefined ? `${metric}_stderr` : `${metric}_stderr,${filter}`]
        const higher = jsonIn(value['higher_is_better'], task)[metric]
        metrics.set(`${task}/${filter === undefined || filter === 'none' ? metric : key}`, {
          value: found,
          ...errorOf(error),
          ...(typeof effective === 'number' ? { rows: effective } : {}),
          ...(typeof higher === 'boolean'
            ? { better: higher ? ('higher' as const) : ('lower' as const) }
            : {}),
        })
      }
    }
    const config = jsonIn(value, 'config')
    if (config['limit'] !== null && config['limit'] !== undefined)
      refusals.push(`it was run with --limit ${String(config['limit'])}`)
    return {
      tool: this.tool,
      ...versionOf(value['lm_eval_version'] ?? value['git_hash']),
      metrics,
      checks: [],
      conditions: conditionsOf(value),
      refusals,
    }
  },
}

function versionOf(value: unknown): { readonly version?: string } {
  const version = textOf(value)
  return version === undefined ? {} : { version }
}

function conditionsOf(value: unknown): Map<string, string> {
  const conditions = new Map<string, string>()
  for (const [kind, label] of [
    ['versions', 'version'],
    ['task_hashes', 'samples'],
    ['n-shot', 'shots'],
  ] as const) {
    for (const [task, found] of Object.entries(jsonIn(value, kind))) {
      const text = textOf(found)
      if (text !== undefined) conditions.set(`${label} of ${task}`, text)
    }
  }
  const template = textOf(isJson(value) ? value['chat_template_sha'] : undefined)
  if (template !== undefined) conditions.set('chat template', template)
  return conditions
}
