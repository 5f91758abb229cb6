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

/** `promptfoo eval --output x.json` (its src/types/index.ts: OutputFile, EvaluateSummary version 3). */
export const promptfoo: HarnessReader = {
  tool: 'promptfoo',
  read(value) {
    if (!isJson(value) || !isJson(value['results']) || !('evalId' in value)) return undefined
    const summary = value['results']
    const refusals: string[] = []
    if (summary['version'] !== 3)
      refusals.push(`its results have version ${JSON.stringify(summary['version'])}; version 3 is read`)
    const metrics = new Map<string, HarnessMetric>()
    const prompts = listIn(summary, 'prompts').filter(isJson)
    const names = promptNames(prompts)
    for (const [index, prompt] of prompts.entries()) {
      const found = jsonIn(prompt, 'metrics')
      const [pass, fail, errors] = ['testPassCount', 'testFailCount', 'testErrorCount'].map((key) =>
        typeof found[key] === 'number' ? found[key] : 0,
      ) as [number, number, number]
      const name = names[index] as string
      // A test that broke down has not failed, and has not passed: it counts among no share.
      if (pass + fail > 0)
        metrics.set(`${name}/pass_rate`, { value: pass / (pass + fail), rows: pass + fail, better: 'higher' })
      if (errors > 0) refusals.push(`${errors} tests of ${name} broke down`)
      for (const [score, total] of Object.entries(jsonIn(found, 'namedScores'))) {
        const count = jsonIn(found, 'namedScoresCount')[score]
        if (typeof total === 'number' && typeof count === 'number' && count > 0)
          metrics.set(`${name}/${score}`, { value: total / count, rows: count })
      }
      if (typeof found['cost'] === 'number')
        metrics.set(`${name}/cost`, { value: found['cost'], better: 'lower' })
      if (typeof found['totalLatencyMs'] === 'number' && pass + fail > 0)
        metrics.set(`${name}/latency_ms`, {
          value: found['totalLatencyMs'] / (pass + fail + errors),
          better: 'lower',
        })
    }
    refusals.push(...filtered(value, summary))
    const checks = listIn(summary, 'results').flatMap((one, index) =>
      isJson(one) ? [checkOf(one, index)] : [],
    )
    const version = textOf(jsonIn(value, 'metadata')['promptfooVersion'])
    return {
      tool: this.tool,
      ...(version === undefined ? {} : { version }),
      metrics,
      checks,
      conditions: conditionsOf(prompts, listIn(summary, 'results').filter(isJson)),
      refusals,
    }
  },
}

/** A run by `--filter-first-n` and the like says so nowhere, but its configuration has more tests than were run. */
function filtered(output: Json, summary: Json): string[] {
  const tests = listIn(jsonIn(output, 'config'), 'tests')
  const run = new Set(listIn(summary, 'results').map((one) => (isJson(one) ? one['testIdx'] : undefined)))
  return run.size < tests.length ? [`${run.size} of ${tests.length} tests were run`] : []
}

/** The prompts as they are written, whatever fills them in, and what fills them in. */
function conditionsOf(prompts: readonly Json[], results: readonly Json[]): Map<string, string> {
  const conditions = new Map<string, string>()
  const seen = new Set<string>()
  for (const { label, raw } of prompts) {
    const text = textOf(raw)
    if (text === undefined || seen.has(text)) continue
    seen.add(text)
    // A prompt without a label has itself as one.
    const name = label === raw ? seen.size : (textOf(label) ?? seen.size)
    conditions.set(
      conditions.has(`prompt ${name}`) ? `prompt ${name} ${seen.size}` : `prompt ${name}`,
      hashOf(text),
    )
  }
  const tests = new Set(results.map(testHash))
  if (tests.size > 0) conditions.set('dataset of tests', hashOf([...tests].sort()))
  return conditions
}

/** What a result is the answer to: the same in every run, wherever the test stands. */
export function testHash(result: Json): string {
  const { assert, vars } = jsonIn(result, 'testCase')
  return hashOf([sorted(vars ?? result['vars']), assert])
}

/** With keys in one order, which a file need not keep. */
function sorted(value: unknown): unknown {
  return isJson(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value
}

/** By the provider alone; where it has several prompts, by their labels too, so that none hides behind another. */
export function promptNames(prompts: readonly Json[]): string[] {
  const providers = prompts.map(({ provider }) =>
    textOf(isJson(provider) ? (provider['label'] ?? provider['id']) : provider),
  )
  const count = new Map<string | undefined, number>()
  for (const provider of providers) count.set(provider, (count.get(provider) ?? 0) + 1)
  const seen = new Set<string>()
  return prompts.map((prompt, index) => {
    const provider = providers[index] ?? 'prompt'
    const alone = count.get(providers[index]) === 1
    const name = alone ? provider : `${provider}/${textOf(prompt['label']) ?? index + 1}`
    const own = seen.has(name) ? `${name} (${index + 1})` : name
    seen.add(own)
    return own
  })
}

function checkOf(one: Json, index: number): HarnessCheck {
  const provider = jsonIn(one, 'provider')
  const name = [
    textOf(provider['label']) ?? textOf(provider['id']) ?? 'provider',
    textOf(jsonIn(one, 'testCase')['description']) ?? `test ${index + 1}`,
  ].join(': ')
  const message = textOf(one['error']) ?? textOf(jsonIn(one, 'gradingResult')['reason']) ?? ''
  // failureReason: 0 none, 1 an assertion, 2 an error.
  if (one['failureReason'] === 2) return { name, state: 'errored', message }
  return { name, state: one['success'] === true ? 'passed' : 'failed', message }
}
