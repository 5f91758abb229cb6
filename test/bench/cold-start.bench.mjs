// Bundle size and cold start of every action against a bare `@actions/core` bundle in the same run.
// A start is a whole step that ends at its first input: harness, inputs, error, outputs, annotation.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleBareCore } from './bare-core.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const RUNS = 9

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
try {
  const peer = bundleBareCore(folder)
  const names = readdirSync(join(root, 'actions')).filter((name) =>
    existsSync(join(root, 'actions', name, 'dist/index.js')),
  )
  const subjects = [
    { name: 'bare node', entry: writeEmpty() },
    { name: 'bare @actions/core', entry: peer },
    ...names.map((name) => ({ name, entry: join(root, 'actions', name, 'dist/index.js') })),
  ]
  // Rounds go around all subjects, so that a busy moment of the machine hits each alike.
  const times = new Map(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < RUNS; round++) {
    for (const { name, entry } of subjects) times.get(name).push(start(entry))
  }
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
  const base = median(times.get('bare @actions/core'))
  console.log(
    `cold start, median of ${RUNS}, ms; ratio to a bare @actions/core bundle; kB of index.js and of all of dist`,
  )
  for (const { name, entry } of subjects) {
    const ms = median(times.get(name))
    console.log(
      [
        name.padEnd(20),
        ms.toFixed(0).padStart(5),
        (ms / base).toFixed(2).padStart(6),
        ...(name === 'bare node' ? [] : size(entry)),
      ].join('  '),
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function writeEmpty() {
  const file = join(folder, 'empty.mjs')
  writeFileSync(file, 'process.exitCode = 2\n')
  return file
}

function start(entry) {
  const home = mkdtempSync(join(folder, 'run-'))
  const file = (name) => {
    writeFileSync(join(home, name), '')
    return join(home, name)
  }
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
    'INPUT_FAIL-ON': 'sometimes',
  }
  const begin = performance.now()
  const { status } = spawnSync(process.execPath, [entry], { cwd: home, env })
  const elapsed = performance.now() - begin
  if (status === 0) throw new Error(`${entry} accepted a wrong input, so its start was not measured`)
  return elapsed
}

function size(entry) {
  const dist = dirname(entry)
  const all = readdirSync(dist, { recursive: true }).reduce(
    (sum, file) => sum + statSync(join(dist, file)).size,
    0,
  )
  return [statSync(entry).size, all].map((bytes) => (bytes / 1000).toFixed(0).padStart(6))
}
