// `npm run <task>`: sets up what is missing, then runs the task on Node 24 whatever Node started it.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { environment, root, setup } from './setup.mjs'

const [task, ...args] = process.argv.slice(2)
const tools = setup()
const env = environment(tools)

const bin = (name, file) => join(root, 'node_modules', name, file)
const tsc = [bin('typescript', 'bin/tsc')]
const vitest = [
  bin('vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  `--reporter=${join(root, 'scripts/tally-reporter.mjs')}`,
]
const script = (file) => [join(root, 'scripts', file)]

/** Each task is a list of Node command lines, run one after the other until one fails. */
const TASKS = {
  build: () => [[...tsc, '-b']],
  typecheck: () => [
    [...tsc, '-b'],
    [...tsc, '-p', 'tsconfig.test.json'],
  ],
  bundle: () => [...TASKS.build(), script('bundle.mjs')],
  test: () => [...TASKS.bundle(), [...vitest, '--project', 'unit', '--project', 'bundles', ...args]],
  rehearsals: () => [...TASKS.bundle(), [...vitest, '--project', 'rehearsed', ...args]],
  // Minutes by default; with --full the whole table, which it writes to docs/methods/simulation.md.
  simulations: () => {
    if (args.includes('--full')) env.SLUICE_SIMULATION = 'full'
    return [[...vitest, '--project', 'simulation', ...args.filter((word) => word !== '--full')]]
  },
  interop: () => [...TASKS.bundle(), [...vitest, '--project', 'interop', ...args]],
  lint: () => [
    [bin('@biomejs/biome', 'bin/biome'), 'ci', '--error-on-warnings', '--colors=off'],
    script('check-directions.mjs'),
  ],
  format: () => [[bin('@biomejs/biome', 'bin/biome'), 'check', '--write']],
  generate: () => [...TASKS.build(), [...script('generate.mjs'), ...args]],
  // A rehearsal runs the bundles.
  sluice: () => [
    ...(args[0] === 'rehearse' ? TASKS.bundle() : TASKS.build()),
    [join(root, 'packages/cli/lib/main.js'), ...args],
  ],
  demo: () => [...TASKS.bundle(), [join(root, 'examples/flight-delays/rehearsal/main.ts'), ...args]],
  bench: () => [
    ...TASKS.bundle(),
    ...readdirSync(join(root, 'test/bench'))
      .filter((file) => /\.bench\.(mjs|ts)$/.test(file) && args.every((word) => file.includes(word)))
      .sort()
      .map((file) => [join(root, 'test/bench', file)]),
  ],
  release: () => [[...script('release.mjs'), ...args]],
}

if (!Object.hasOwn(TASKS, task)) {
  console.error(`There is no task \`${task}\`; expected one of ${Object.keys(TASKS).join(', ')}.`)
  process.exit(2)
}

// The user's own working directory is where `sluice` looks for files; every other task works on the checkout.
const cwd = task === 'sluice' ? (process.env.INIT_CWD ?? process.cwd()) : root
const steps = TASKS[task]()
for (const [index, step] of steps.entries()) {
  const last = index === steps.length - 1
  const { status, signal } = spawnSync(tools.node, step, {
    cwd: last ? cwd : root,
    env,
    stdio: last ? 'inherit' : ['inherit', 2, 2],
  })
  if (signal) process.kill(process.pid, signal)
  if (status !== 0) process.exit(status ?? 3)
}
