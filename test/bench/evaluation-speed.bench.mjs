// The evaluation gate against pandas, scikit-learn, NumPy and SciPy: the same real rows (three million flights, scored
// by the example's models), each run in a process of its own, ours and theirs in turn. Ratios are what to look at; the
// peers come from scripts/peers/scientific-python.sh. Then memory on ten million rows, the size of the bundle, and
// how long a gate on two summaries takes to start and decide.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = join(root, 'test/bench/evaluation')
const peers = process.env.SLUICE_PEERS ?? join(homedir(), '.cache/sluice/peers')
const python = join(peers, 'scientific-python-1/bin/python')
const data = process.env.SLUICE_BENCH_DATA ?? join(homedir(), '.cache/sluice/bench')
const ROUNDS = 3
const MILLION = '1000000'

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
try {
  if (existsSync(python)) againstPython()
  else
    console.log(
      'skipped, for it is not installed: scripts/peers/scientific-python.sh (pandas, scikit-learn, SciPy)',
    )
  await bundleSize()
  start()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function againstPython() {
  mkdirSync(data, { recursive: true })
  const [flights, ten] = ['flights.parquet', 'ten-million.parquet'].map((name) => join(data, name))
  if (!existsSync(flights) || !existsSync(ten)) run(python, [join(here, 'flights.py'), data])

  console.log(`\nseconds, best of ${ROUNDS} in turn; ratio is ours over the peer's`)
  const metrics = inTurn('metrics', flights)
  line('AUC, AP, log loss, Brier, F1 of two models, 3 M rows from Parquet', metrics, 'target 0.25')
  line('  the same with the start of each process', { ours: metrics.oursWall, theirs: metrics.theirsWall })
  line('paired DeLong, 1 M rows', inTurn('delong', flights, MILLION), 'target 0.60')
  const { without, seconds } = ours('slices', flights, MILLION).answer
  line('the gate on AUC with 20 slices, over without', { ours: seconds, theirs: without }, 'target 1.50')
  const bootstrap = inTurn('bootstrap', flights, MILLION)
  line('one of 2 000 paired replicates of an AUC difference, 2 workers', bootstrap, 'target 0.020')

  pushedDown(ten)
  const { answer } = ours('memory', ten)
  console.log(
    `10 M rows from Parquet, AUC and log loss decided: ${answer.seconds.toFixed(1)} s, peak ${answer.peakMiB.toFixed(0)} MiB (target 1024)`,
  )
}

/** DuckDB reads the same rows: its scan hands every one to this process, its sums none; the gate asks for sums. */
function pushedDown(table) {
  const peer = join(peers, 'duckdb-1.5.6-r.1')
  if (!existsSync(peer)) {
    console.log('skipped, for it is not installed: scripts/peers/duckdb.sh')
    return
  }
  const best = {}
  for (let round = 0; round < ROUNDS; round++)
    for (const what of ['scan', 'sums', 'gate']) {
      const found = JSON.parse(run(process.execPath, [join(here, 'pushdown.mjs'), what, table, peer]))
      if (best[what] === undefined || found.seconds < best[what].seconds) best[what] = found
    }
  const { gate, scan, sums } = best
  line(
    '10 M rows in DuckDB, five metrics of two models, over its scan',
    { ours: gate.seconds, theirs: scan.seconds },
    'target 3.00',
  )
  line('  the same in CPU seconds', { ours: gate.cpu, theirs: scan.cpu })
  line('  over four sums in one statement', { ours: gate.seconds, theirs: sums.seconds })
  console.log(`  peak ${gate.peakMiB.toFixed(0)} MiB (target 300)`)
}

function inTurn(what, ...args) {
  const found = { ours: Infinity, theirs: Infinity, oursWall: Infinity, theirsWall: Infinity }
  let values
  for (let round = 0; round < ROUNDS; round++) {
    const mine = ours(what, ...args)
    const peer = timed(python, [join(here, 'peers.py'), what, ...args])
    found.ours = Math.min(found.ours, mine.answer.seconds)
    found.theirs = Math.min(found.theirs, peer.answer.seconds)
    found.oursWall = Math.min(found.oursWall, mine.wall)
    found.theirsWall = Math.min(found.theirsWall, peer.wall)
    values = [mine.answer.values, peer.answer.values]
  }
  // A faster answer is only one when it is the same.
  if (what !== 'bootstrap') sameWithin(1e-10, ...values, what)
  return found
}

function ours(what, ...args) {
  return timed(process.execPath, [join(here, 'ours.mjs'), what, ...args])
}

function timed(command, args) {
  const started = performance.now()
  const stdout = run(command, args)
  return { wall: (performance.now() - started) / 1000, answer: JSON.parse(stdout) }
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr}`)
  return stdout
}

function sameWithin(relative, a, b, at) {
  for (const key of Object.keys(b)) {
    if (typeof b[key] === 'object') sameWithin(relative, a[key], b[key], `${at}.${key}`)
    else if (Math.abs(a[key] - b[key]) > relative * Math.abs(b[key]))
      throw new Error(`${at}.${key}: ours is ${a[key]}, the peer's ${b[key]}`)
  }
}

function line(text, { ours: mine, theirs }, target = '') {
  const digits = mine < 0.1 ? 4 : 2
  console.log(
    [
      text.padEnd(66),
      mine.toFixed(digits).padStart(8),
      theirs.toFixed(digits).padStart(8),
      (mine / theirs).toFixed(3).padStart(7),
      target,
    ].join('  '),
  )
}

/** ncc's own minifier over the action's compiled JavaScript; DuckDB and other engines are never in it. */
/** ncc minifies the entry and leaves the chunks that it loads later as they are, so that they are minified here. */
async function bundleSize() {
  const out = join(folder, 'minified')
  bundle(join(root, 'actions/model-gate/lib/index.js'), out, ['-m'])
  const { minify } = await rolldown()
  let [total, entry] = [0, 0]
  for (const name of readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.js'))) {
    const { code } = await minify(name, readFileSync(join(out, name), 'utf8'), { module: true })
    total += Buffer.byteLength(code)
    if (name === 'index.js') entry = Buffer.byteLength(code)
  }
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
  console.log(`\nmodel-gate minified: ${megabytes(total)} (target 1.50), its entry ${megabytes(entry)}`)
}

/** The minifier that vitest comes with. */
async function rolldown() {
  let at = join(root, 'package.json')
  for (const name of ['vitest', 'vite', 'rolldown/experimental']) at = createRequire(at).resolve(name)
  return await import(pathToFileURL(at).href)
}

function bundle(entry, out, options = []) {
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
  run(process.execPath, [ncc, 'build', entry, '-o', out, '-q', '-C', '--target', 'es2022', ...options])
}

/** A gate on two summaries, over the smallest action that the toolkit can run. */
function start() {
  const bare = join(root, 'packages/toolkit/lib/bench')
  mkdirSync(bare, { recursive: true })
  writeFileSync(
    join(bare, 'index.js'),
    `import { resultOf } from '@sluice/verdict'
import { commonInputs, defineAction, main } from '../index.js'
await main(defineAction({
  name: 'model-gate', description: 'd', branding: { icon: 'box', color: 'blue' }, permissions: {},
  inputs: commonInputs, outputs: {}, example: {},
  run: async () => resultOf({ headline: 'Done.', findings: [] }),
}))
`,
  )
  bundle(join(bare, 'index.js'), join(folder, 'bare'))
  rmSync(bare, { recursive: true })
  const gate = join(root, 'actions/model-gate/dist')
  const subjects = { bare: join(folder, 'bare/index.js'), gate: join(gate, 'index.js') }
  const times = { bare: [], gate: [] }
  for (let round = 0; round < 15; round++)
    for (const [name, entry] of Object.entries(subjects)) times[name].push(step(entry))
  const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]
  console.log('ms, median of 15 in turn')
  line(
    'a gate on two summaries, over the toolkit’s bare start',
    {
      ours: median(times.gate),
      theirs: median(times.bare),
    },
    'target 1.30',
  )
}

function step(entry) {
  const home = mkdtempSync(join(folder, 'run-'))
  const file = (name, text = '') => {
    writeFileSync(join(home, name), text)
    return join(home, name)
  }
  file('sluice.yaml', 'evaluation:\n  rules:\n    - { metric: auc, margin: 0.02 }\n')
  file('a.json', '{"n": 20000, "auc": 0.712, "auc_stderr": 0.003}')
  file('b.json', '{"n": 20000, "auc": 0.71, "auc_stderr": 0.003}')
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: file('output'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_STATE: file('state'),
    GITHUB_ENV: file('env'),
    GITHUB_WORKSPACE: home,
    RUNNER_TEMP: home,
    INPUT_CANDIDATE: 'a.json',
    INPUT_CHAMPION: 'b.json',
  }
  const started = performance.now()
  run(process.execPath, [entry], { cwd: home, env })
  return performance.now() - started
}
