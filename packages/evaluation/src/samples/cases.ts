import { caseHash, casesOf, deepeval } from '../harness/deepeval.js'
import { isJson, type Json, jsonIn, listIn, textOf } from '../harness/harness.js'
import { promptfoo, promptNames, testHash } from '../harness/promptfoo.js'
import type { Cell } from '../table/builder.js'
import { cellOf, fieldOf } from './field.js'
import type { Sample, SampleFile, Samples } from './sample.js'

/** Answers of tools that give a case no id: it is what was asked and is expected, and its answers are counted. */
class Cases {
  readonly #file: string
  readonly #wanted: ReadonlySet<string>
  readonly #rows = new Map<string, Sample & { readonly cells: Map<string, Cell> }>()
  readonly #answers = new Map<string, number>()
  readonly #names = new Set<string>()

  constructor(file: string, wanted: ReadonlySet<string>) {
    this.#file = file
    this.#wanted = wanted
  }

  /**
   * @param series whose answer it is, where several models answer the same case
   * @param prefix what this series' scores are called by
   */
  add(id: string, series: string, prefix: string, scores: ReadonlyMap<string, number>, fields: Json): void {
    const key = JSON.stringify([id, series])
    const answer = (this.#answers.get(key) ?? 0) + 1
    this.#answers.set(key, answer)
    const place = `${id} ${answer}`
    let row = this.#rows.get(place)
    if (row === undefined) {
      row = { id, answer: String(answer), prompt: id, target: id, cells: new Map() }
      this.#rows.set(place, row)
    }
    for (const [score, value] of scores) {
      const name = `${prefix}${score}`
      this.#names.add(name)
      if (this.#wanted.has(name)) row.cells.set(name, value)
    }
    for (const name of this.#wanted) {
      if (row.cells.has(name) || this.#names.has(name)) continue
      const found = fieldOf(fields, name)
      if (found !== undefined) row.cells.set(name, cellOf(this.#file, name, found))
    }
  }

  finish(tool: string, conditions: ReadonlyMap<string, string>, refusals: readonly string[]): Samples {
    // Which tests there are is told by the ids, one by one.
    const alike = new Map([...conditions].filter(([name]) => !name.startsWith('dataset')))
    return { tool, rows: [...this.#rows.values()], names: [...this.#names], conditions: alike, refusals }
  }
}

/**
 * The results of `promptfoo eval --output x.json`: `pass`, `score`, `latency_ms`, `cost` and the named scores of each
 * test; of several providers or prompts `<provider>/<label>/pass`, as its metrics are named.
 */
export function promptfooSamples(file: string, value: unknown): SampleFile | undefined {
  const run = promptfoo.read(value)
  if (run === undefined || !isJson(value)) return undefined
  const summary = jsonIn(value, 'results')
  const prompts = promptNames(listIn(summary, 'prompts').filter(isJson))
  return {
    tool: run.tool,
    read(wanted) {
      const cases = new Cases(file, wanted)
      for (const result of listIn(summary, 'results').filter(isJson)) {
        const name = prompts[Number(result['promptIdx'])] ?? `prompt ${textOf(result['promptIdx']) ?? ''}`
        // A test that broke down has neither passed nor failed (failureReason 2).
        const broken = result['failureReason'] === 2
        const scores = new Map([
          ...Object.entries(jsonIn(result, 'namedScores')).map(
            ([key, score]) => [key, numberOf(score)] as const,
          ),
          ['pass', broken ? Number.NaN : Number(result['success'] === true)] as const,
          ['score', broken ? Number.NaN : numberOf(result['score'])] as const,
          ['latency_ms', numberOf(result['latencyMs'])] as const,
          ['cost', numberOf(result['cost'])] as const,
        ])
        const fields = { ...jsonIn(result, 'testCase'), vars: result['vars'] }
        cases.add(testHash(result), name, prompts.length > 1 ? `${name}/` : '', scores, fields)
      }
      return cases.finish(run.tool, run.conditions, run.refusals)
    },
  }
}

/** The cases of a test run of DeepEval: the score of each metric by its name, and `<metric>/pass`. */
export function deepevalSamples(file: string, value: unknown): SampleFile | undefined {
  const run = deepeval.read(value)
  if (run === undefined || !isJson(value)) return undefined
  return {
    tool: run.tool,
    read(wanted) {
      const cases = new Cases(file, wanted)
      let broken = 0
      for (const one of casesOf(value)) {
        const scores = new Map<string, number>()
        for (const metric of listIn(one, 'metricsData').filter(isJson)) {
          const name = textOf(metric['name']) ?? 'metric'
          if (textOf(metric['error']) !== undefined) broken++
          // Two metrics of one name are none: which is meant?
          scores.set(name, scores.has(name) ? Number.NaN : numberOf(metric['score']))
          scores.set(`${name}/pass`, metric['success'] === true ? 1 : 0)
        }
        cases.add(caseHash(one), '', '', scores, one)
      }
      const refusals = broken === 0 ? [] : [`${broken} metrics broke down on a case`]
      return cases.finish(run.tool, run.conditions, [...run.refusals, ...refusals])
    },
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}
