// DuckDB's side of evaluation-speed.bench: `node pushdown.mjs <scan|sums|gate> <table.parquet> <folder of its packages>`.
// `scan` hands the columns' every row to this process, `sums` adds them up in the engine, and `gate` decides five metrics
// of two models.
import { readFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { performance } from 'node:perf_hooks'
import { loadPushdown } from '../../../packages/evaluation/lib/index.js'

const [what, file, folder] = process.argv.slice(2)
const { examineEngine, localTable, openDuckDb } = await loadPushdown()
const METRICS = ['auc', 'average_precision', 'log_loss', 'brier', 'f1']
const RULE = { margin: 0.01, minRows: 100, minPerClass: 10, undecided: 'warn', correction: 'holm' }
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

const started = performance.now()
const engine = await openDuckDb({
  folder,
  files: [file],
  temporary: `${tmpdir()}/sluice-bench-spill`,
  threads: availableParallelism(),
})
const TASKS = {
  async scan() {
    let rows = 0
    for await (const batch of engine.query(
      `select id, late, candidate, champion from read_parquet('${file}')`,
    ))
      rows += batch.length
    return { rows }
  },
  async sums() {
    const sql = `select count(id), sum(late), sum(candidate), sum(champion) from read_parquet('${file}')`
    for await (const batch of engine.query(sql)) return { rows: batch[0][0] }
  },
  async gate() {
    const table = await localTable(engine, { path: file, name: file, format: 'parquet' }, WANTED)
    const { outcomes, rows } = await examineEngine(engine, { candidate: table, champion: table }, ROLES, {
      task: 'binary',
      alpha: 0.025,
      threshold: 0.5,
      rules: METRICS.map((metric) => ({ ...RULE, metric })),
    })
    return { rows, values: outcomes.map(({ cases, demand }) => [demand.metric.name, cases[0].candidate]) }
  },
}
const before = process.cpuUsage()
const answer = await TASKS[what]()
const { user, system } = process.cpuUsage(before)
const seconds = (performance.now() - started) / 1000
await engine.close()
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peakMiB: Number(peak) / 1024, ...answer }))
