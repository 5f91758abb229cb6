import {
  type HarnessMetric,
  type HarnessReader,
  isJson,
  type Json,
  jsonIn,
  listIn,
  textOf,
} from './harness.js'

/**
 * `model-index` in the front matter of a model card (huggingface_hub's repocard_data.py). A value may be a text such as
 * `20.0 ± 1.2`, of which only the number counts: nobody says whether the second is a standard error, and of
 * reinforcement learning it is the spread of episodes. `verified` counts for nothing: only the Hub can check its token.
 */
export const modelIndex: HarnessReader = {
  tool: 'Hugging Face model-index',
  read(value) {
    if (!isJson(value) || !Array.isArray(value['model-index'])) return undefined
    const models = value['model-index'].filter(isJson)
    const refusals = models.length === 1 ? [] : [`it has results of ${models.length} models`]
    const found = listIn(models[0], 'results')
      .filter(isJson)
      .flatMap((result) =>
        listIn(result, 'metrics')
          .filter(isJson)
          .map((metric) => ({ result, metric, names: namesOf(result, metric) })),
      )
    const count = new Map<string, number>()
    for (const { names } of found)
      for (const name of new Set(names)) count.set(name, (count.get(name) ?? 0) + 1)
    const metrics = new Map<string, HarnessMetric>()
    const conditions = new Map<string, string>()
    for (const { metric, names, result } of found) {
      const name = names.find((one) => count.get(one) === 1)
      if (name === undefined) {
        refusals.push(`${names.at(-1)} stands in it ${count.get(names.at(-1)!)} times`)
        continue
      }
      metrics.set(name, { value: numberIn(metric['value']) })
      const { args, config, revision, split } = jsonIn(result, 'dataset')
      conditions.set(
        `dataset of ${name}`,
        JSON.stringify([config, split, revision, args].map((one) => one ?? null)),
      )
    }
    return { tool: this.tool, metrics, checks: [], conditions, refusals }
  },
}

/** From the shortest on: `imdb/accuracy`, and where others are called so too with configuration, split and own name. */
function namesOf(result: Json, metric: Json): string[] {
  const dataset = jsonIn(result, 'dataset')
  const of = textOf(dataset['type']) ?? textOf(dataset['name']) ?? 'dataset'
  const [config, split] = [textOf(dataset['config']), textOf(dataset['split'])]
  const joined = (...parts: (string | undefined)[]) => parts.filter((part) => part !== undefined).join(',')
  const type = textOf(metric['type']) ?? 'metric'
  const name = textOf(metric['name']) ?? type
  return [
    `${of}/${type}`,
    `${joined(of, config)}/${type}`,
    `${joined(of, config, split)}/${type}`,
    `${joined(of, config, split)}/${joined(type, name)}`,
    `${joined(of, textOf(dataset['name']), config, split)}/${joined(type, name)}`,
  ]
}

const NUMBER =
  /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:%\s*)?(?:(?:±|\+\/-|\+-)\s*[\d.]+(?:e[+-]?\d+)?\s*%?)?\s*$/i

function numberIn(value: unknown): number {
  if (typeof value === 'number') return value
  const match = typeof value === 'string' ? NUMBER.exec(value.slice(0, 80)) : null
  return match === null ? Number.NaN : Number(match[1])
}

/** `.eval_results/*.yaml` of a model's repository on the Hub (huggingface_hub's _eval_results.py: EvalResultEntry). */
export const evalResults: HarnessReader = {
  tool: 'Hugging Face eval results',
  read(value) {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isEntry)) return undefined
    const metrics = new Map<string, HarnessMetric>()
    const conditions = new Map<string, string>()
    const refusals: string[] = []
    for (const entry of value as Json[]) {
      const { id, revision, task_id: task } = jsonIn(entry, 'dataset')
      const name = `${textOf(id)}/${textOf(task)}`
      if (metrics.has(name)) refusals.push(`${name} stands in it more than once`)
      metrics.set(name, { value: numberIn(entry['value']) })
      conditions.set(`dataset of ${name}`, textOf(revision) ?? 'no revision')
      // How it was evaluated: `with tools`, `5-shot`.
      const notes = textOf(entry['notes'])
      if (notes !== undefined) conditions.set(`setup of ${name}`, notes)
    }
    return { tool: this.tool, metrics, checks: [], conditions, refusals }
  },
}

function isEntry(value: unknown): boolean {
  const { id, task_id: task } = jsonIn(value, 'dataset')
  return (
    isJson(value) && Object.hasOwn(value, 'value') && textOf(id) !== undefined && textOf(task) !== undefined
  )
}
