import { type Json, textOf } from '../harness/harness.js'
import type { Cell } from '../table/builder.js'
import { jsonLines } from '../table/json-lines.js'
import { cellOf, fieldOf, malformedSamples } from './field.js'
import type { Sample, SampleFile } from './sample.js'

/** One line: a document as one filter read the answer to it. */
interface Line {
  readonly doc: string
  readonly hash: string
  readonly filter: string
  readonly prompt: string
  readonly target: string
  readonly scores: ReadonlyMap<string, number>
  readonly fields: ReadonlyMap<string, Cell>
}

/**
 * `samples_<task>_<date>.jsonl` of lm-evaluation-harness (SampleResult in its lm_eval/result_schema.py), told by its
 * first line. It has a line for each filter; here they are columns of one row, `<metric>,<filter>` as in its results.
 */
export function lmEvalSamples(file: string, bytes: Uint8Array): SampleFile | undefined {
  let first: Json | undefined
  try {
    first = jsonLines(file, bytes).next().value?.row
  } catch {
    // Whoever reads it as a table says why it is none.
    return undefined
  }
  if (first === undefined || !isSample(first)) return undefined
  const tool = 'lm-evaluation-harness'
  return {
    tool,
    read(wanted) {
      const lines: Line[] = []
      for (const { line, row } of jsonLines(file, bytes)) lines.push(lineOf(file, line, row, wanted))
      const filters = filtersOf(lines)
      return {
        tool,
        rows: rowsOf(lines, filters, wanted),
        names: [...filters].flatMap(([metric, own]) =>
          own.size === 1 ? [metric] : [...own].map((filter) => `${metric},${filter}`),
        ),
        conditions: new Map(),
        refusals: [],
      }
    },
  }
}

function isSample(row: Json): boolean {
  return (
    ['doc_id', 'doc_hash', 'prompt_hash', 'target_hash', 'filter'].every((key) => Object.hasOwn(row, key)) &&
    Array.isArray(row['metrics'])
  )
}

function lineOf(file: string, line: number, row: Json, wanted: ReadonlySet<string>): Line {
  const text = (key: string): string => {
    const found = Object.hasOwn(row, key) ? textOf(row[key]) : undefined
    if (found === undefined) throw malformedSamples(file, `line ${line} has no \`${key}\``)
    return found
  }
  const scores = new Map<string, number>()
  for (const metric of Array.isArray(row['metrics']) ? row['metrics'] : []) {
    const found = typeof metric === 'string' && Object.hasOwn(row, metric) ? row[metric] : undefined
    // A metric over all samples, such as a BLEU, has no number here, and nothing passes on it.
    scores.set(String(metric), scoreOf(found))
  }
  const fields = new Map<string, Cell>()
  for (const name of wanted) {
    const found = fieldOf(row, name)
    if (found !== undefined && !scores.has(name)) fields.set(name, cellOf(file, name, found))
  }
  return {
    doc: text('doc_id'),
    hash: text('doc_hash'),
    filter: text('filter'),
    prompt: text('prompt_hash'),
    target: text('target_hash'),
    scores,
    fields,
  }
}

function scoreOf(found: unknown): number {
  return typeof found === 'number' || typeof found === 'boolean' ? Number(found) : Number.NaN
}

/** The filters of each metric. */
function filtersOf(lines: readonly Line[]): Map<string, ReadonlySet<string>> {
  const filters = new Map<string, Set<string>>()
  for (const { filter, scores } of lines)
    for (const metric of scores.keys()) filters.set(metric, (filters.get(metric) ?? new Set()).add(filter))
  return filters
}

interface Row {
  readonly id: string
  prompt: string
  target: string
  readonly cells: Map<string, Cell>
  readonly filters: Set<string>
}

/** A row a document. One that a filter read twice is two rows of one id, which whoever joins them refuses. */
function rowsOf(
  lines: readonly Line[],
  filters: ReadonlyMap<string, ReadonlySet<string>>,
  wanted: ReadonlySet<string>,
): Sample[] {
  // The same document twice in a data set: then only the number says which is which.
  const docs = new Map<string, string>()
  const twice = new Set<string>()
  for (const { doc, hash } of lines) {
    if (docs.has(hash) && docs.get(hash) !== doc) twice.add(hash)
    docs.set(hash, doc)
  }
  const rows = new Map<string, Row>()
  const more: Row[] = []
  for (const { doc, fields, filter, hash, prompt, scores, target } of lines) {
    const id = twice.has(hash) ? `${hash} ${doc}` : hash
    let row = rows.get(id)
    if (row === undefined || row.filters.has(filter)) {
      const own: Row = { id, prompt, target, cells: new Map(fields), filters: new Set() }
      if (row === undefined) rows.set(id, own)
      else more.push(own)
      row = own
    }
    row.filters.add(filter)
    // Filters read one answer to one prompt; if they say otherwise, the row is none that another run has.
    if (row.prompt !== prompt) row.prompt += ` ${prompt}`
    if (row.target !== target) row.target += ` ${target}`
    for (const [metric, score] of scores) {
      const names =
        filters.get(metric)!.size === 1 ? [metric, `${metric},${filter}`] : [`${metric},${filter}`]
      for (const name of names) if (wanted.has(name)) row.cells.set(name, score)
    }
  }
  return [...rows.values(), ...more].map(({ cells, id, prompt, target }) => ({
    id,
    answer: '1',
    prompt,
    target,
    cells,
  }))
}
