// Reading a prediction table and comparing two AUCs, against peers in the same run: hyparquet collecting rows,
// and scikit-learn when SLUICE_BENCH_PYTHON (or python3) has it. Ratios, not times, are what to look at.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { METRICS, readTable } from '../../packages/evaluation/lib/index.js'
import {
  parquetMetadataAsync,
  parquetRead,
} from '../../packages/evaluation/node_modules/hyparquet/src/node.js'
import { compressors } from '../../packages/evaluation/node_modules/hyparquet-compressors/src/index.js'

const RUNS = 5
const holdout = fileURLToPath(new URL('../../examples/flight-delays/data/holdout.parquet', import.meta.url))
const parquet = readFileSync(holdout)
const WANTED = [
  { name: 'id', kind: 'key' },
  { name: 'late', kind: 'word' },
  { name: 'origin', kind: 'word' },
  { name: 'candidate', kind: 'number' },
  { name: 'champion', kind: 'number' },
]

const table = await readTable('holdout.parquet', parquet, 'parquet', WANTED)
const csv = Buffer.from(csvOf(table))
const view = viewOf(table, 'candidate')
const champion = viewOf(table, 'champion')
const python = pythonWithScikitLearn()

const subjects = [
  [
    'Parquet into typed arrays',
    () => readTable('h.parquet', parquet, 'parquet', WANTED),
    'hyparquet, rows as objects',
    readObjects,
  ],
  ['CSV into typed arrays', () => readTable('h.csv', csv, 'csv', WANTED), 'split and Number', splitCsv],
  [
    'AUC with its interval',
    () => METRICS.auc.measure(view),
    'roc_auc_score, no interval',
    python && scikitLearn('roc_auc_score(y, a)'),
  ],
  [
    'paired difference of two AUCs',
    () => METRICS.auc.compare(view, champion),
    'roc_auc_score twice, no interval',
    python && scikitLearn('roc_auc_score(y, a) - roc_auc_score(y, b)'),
  ],
  [
    'average precision with its interval',
    () => METRICS.average_precision.measure(view),
    'average_precision_score, no interval',
    python && scikitLearn('average_precision_score(y, a)'),
  ],
  [
    'log loss with its interval',
    () => METRICS.log_loss.measure(view),
    'log_loss, no interval',
    python && scikitLearn('log_loss(y, a)'),
  ],
]

console.log(`${table.rows} rows, median of ${RUNS}, ms; ratio is ours over the peer's`)
for (const [name, ours, peerName, peer] of subjects) {
  const mine = await median(ours)
  const theirs = peer ? await median(peer) : undefined
  const ratio = theirs === undefined ? 'skipped' : (mine / theirs).toFixed(2)
  console.log(
    [
      name.padEnd(36),
      mine.toFixed(0).padStart(5),
      peerName.padEnd(38),
      (theirs?.toFixed(0) ?? '').padStart(5),
      ratio.padStart(8),
    ].join('  '),
  )
}

async function median(run) {
  const times = []
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now()
    // A peer in another process says itself how long it took.
    const own = await run()
    times.push(typeof own === 'number' ? own : performance.now() - started)
  }
  return times.sort((a, b) => a - b)[RUNS >> 1]
}

async function readObjects() {
  const file = {
    byteLength: parquet.byteLength,
    slice: (a, b) => Uint8Array.prototype.slice.call(parquet, a, b).buffer,
  }
  const metadata = await parquetMetadataAsync(file)
  let rows = []
  await parquetRead({
    file,
    metadata,
    compressors,
    columns: WANTED.map(({ name }) => name),
    rowFormat: 'object',
    onComplete: (found) => {
      rows = found
    },
  })
  return { rows }
}

async function splitCsv() {
  const rows = csv
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(','))
  return { candidate: rows.map((row) => Number(row[3])), champion: rows.map((row) => Number(row[4])) }
}

function csvOf({ rows, columns }) {
  const [id, late, origin, ours, theirs] = WANTED.map(({ name }) => columns.get(name))
  const lines = ['id,late,origin,candidate,champion']
  for (let i = 0; i < rows; i++) {
    const words = [late, origin].map((column) => column.words[column.codes[i]])
    lines.push([id.values[i], ...words, ours.values[i], theirs.values[i]].join(','))
  }
  return lines.join('\n')
}

function viewOf({ rows, columns }, model) {
  const late = columns.get('late')
  return {
    rows,
    labels: late.codes.map((code) => (late.words[code] === '1' ? 1 : 0)),
    scores: [columns.get(model).values],
    classes: ['0', '1'],
    threshold: 0.5,
  }
}

function pythonWithScikitLearn() {
  const command = process.env.SLUICE_BENCH_PYTHON ?? 'python3'
  return spawnSync(command, ['-c', 'import sklearn.metrics']).status === 0 ? command : undefined
}

/** Times an expression over the same labels and scores, inside Python. */
function scikitLearn(expression) {
  const program = `
import sys, time, numpy as np
from sklearn.metrics import roc_auc_score, average_precision_score, log_loss
n = ${table.rows}
data = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float64).reshape(3, n)
y, a, b = data[0].astype(int), data[1].copy(), data[2].copy()
started = time.perf_counter()
${expression}
print((time.perf_counter() - started) * 1000)
`
  const data = new Float64Array(3 * table.rows)
  data.set(view.labels, 0)
  data.set(view.scores[0], table.rows)
  data.set(champion.scores[0], 2 * table.rows)
  return () =>
    Number(spawnSync(python, ['-c', program], { input: Buffer.from(data.buffer), maxBuffer: 1 << 20 }).stdout)
}
