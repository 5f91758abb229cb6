// Our side of evaluation-speed.bench: `node ours.mjs <what> <table.parquet> [rows]` prints its seconds as JSON.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { examineRows, joinPredictions, METRICS, readTable } from '../../../packages/evaluation/lib/index.js'
import { ascendingOrder, packRanks } from '../../../packages/statistics/lib/index.js'

const [what, file, rowsText] = process.argv.slice(2)
const ROLES = {
  id: 'id',
  label: 'late',
  task: 'binary',
  classes: ['0', '1'],
  candidate: ['candidate'],
  champion: ['champion'],
  slices: [],
}
const WANTED = [
  { name: 'id', kind: 'key' },
  { name: 'late', kind: 'word' },
  { name: 'candidate', kind: 'number' },
  { name: 'champion', kind: 'number' },
]
const RULE = { metric: 'auc', margin: 0.01, minRows: 100, minPerClass: 10, undecided: 'warn' }
const POLICY = { alpha: 0.025, threshold: 0.5, rules: [{ ...RULE, correction: 'holm' }] }

async function joined(slices = []) {
  const table = await readTable(file, readFileSync(file), 'parquet', WANTED)
  if (slices.length > 0) table.columns.set('part', parts(table.rows))
  return joinPredictions(table, table, { ...ROLES, slices })
}

/** The first rows as the views of both models. */
async function views() {
  const { predictions } = await joined()
  const rows = Math.min(Number(rowsText), predictions.rows)
  const view = (model) => ({
    rows,
    labels: predictions.labels.slice(0, rows),
    scores: [predictions[model][0].slice(0, rows)],
    classes: predictions.classes,
    threshold: 0.5,
  })
  return [view('candidate'), view('champion')]
}

/** Twenty slices, as a column of words. */
function parts(rows) {
  const words = Array.from({ length: 20 }, (_, i) => `part ${String(i).padStart(2, '0')}`)
  return { kind: 'word', words, codes: Int32Array.from({ length: rows }, (_, row) => (row * 7919) % 20) }
}

const TASKS = {
  async metrics() {
    const started = performance.now()
    const { predictions } = await joined()
    const { rows, labels, classes } = predictions
    const values = {}
    for (const model of ['candidate', 'champion']) {
      const view = { rows, labels, classes, scores: predictions[model], threshold: 0.5 }
      values[model] = {}
      for (const name of ['auc', 'average_precision', 'log_loss', 'brier', 'f1'])
        values[model][name] = METRICS[name].measure(view).estimate.value
    }
    return { seconds: (performance.now() - started) / 1000, values }
  },

  async delong() {
    const [candidate, champion] = await views()
    const started = performance.now()
    const { value, standardError } = METRICS.auc.compare(candidate, champion).estimate
    return {
      seconds: (performance.now() - started) / 1000,
      values: { difference: value, standardError },
    }
  },

  /** The same with twenty slices beside the whole, and without, as the gate decides them. */
  async slices() {
    const { sliceSpec } = await import('../../../packages/evaluation/lib/index.js')
    const table = await readTable(file, readFileSync(file), 'parquet', WANTED)
    const rows = Math.min(Number(rowsText), table.rows)
    const columns = new Map(
      [...table.columns].map(([name, column]) => [
        name,
        column.kind === 'word'
          ? { ...column, codes: column.codes.slice(0, rows) }
          : { ...column, values: column.values.slice(0, rows) },
      ]),
    )
    columns.set('part', parts(rows))
    const fresh = () => {
      // New columns every time: an order that is known already would be no work.
      const copy = new Map(
        [...columns].map(([name, column]) => [
          name,
          column.kind === 'number' ? { ...column, values: column.values.slice() } : column,
        ]),
      )
      const data = { rows, columns: copy }
      return joinPredictions(data, data, { ...ROLES, slices: [sliceSpec('part')] })
    }
    const sliced = { ...RULE, correction: 'holm', slices: ['part'] }
    const time = (rules) => {
      const data = fresh()
      const started = performance.now()
      examineRows(data, { ...POLICY, rules })
      return (performance.now() - started) / 1000
    }
    const [without, withSlices] = [[], []]
    for (let round = 0; round < 5; round++) {
      without.push(time(POLICY.rules))
      withSlices.push(time([...POLICY.rules, sliced]))
    }
    return { without: Math.min(...without), seconds: Math.min(...withSlices) }
  },

  async bootstrap() {
    const [candidate, champion] = await views()
    const replicates = 2000
    const workers = 2
    const started = performance.now()
    const [a, b] = [candidate, champion].map(({ scores, labels }) => {
      const packed = packRanks(ascendingOrder(scores[0]), labels)
      const shared = new Uint32Array(new SharedArrayBuffer(packed.byteLength))
      shared.set(packed)
      return shared
    })
    const each = replicates / workers
    const all = await Promise.all(
      Array.from(
        { length: workers },
        (_, i) =>
          new Promise((resolve, reject) => {
            const worker = new Worker(new URL('./replicates.mjs', import.meta.url), {
              workerData: { a, b, which: { seed: 1, from: i * each, to: (i + 1) * each } },
            })
            worker.once('message', resolve)
            worker.once('error', reject)
          }),
      ),
    )
    const seconds = (performance.now() - started) / 1000 / replicates
    const values = all.flatMap((part) => [...part])
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const standardError = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1))
    return { seconds, replicates, workers, processors: availableParallelism(), values: { standardError } }
  },

  /** All of a gate's work on the table: read, join, decide. */
  async memory() {
    const started = performance.now()
    const data = await joined()
    const { outcomes, rows } = examineRows(data, {
      ...POLICY,
      rules: ['auc', 'log_loss'].map((metric) => ({ ...POLICY.rules[0], metric })),
    })
    return {
      seconds: (performance.now() - started) / 1000,
      rows,
      verdicts: outcomes.map(({ verdict }) => verdict),
      peakMiB: process.resourceUsage().maxRSS / 1024,
    }
  },
}

console.log(JSON.stringify(await TASKS[what]()))
