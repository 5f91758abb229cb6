import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleBareCore } from '../bare-core.mjs'
import { median, printTable } from './table.mjs'

const RUNS = 15

/** From the start of a step to a file of 1 MiB signed by key and stored, against a bare start. */
export function compareStarts({ work }) {
  const sign = fileURLToPath(new URL('../../../actions/sign/dist/index.js', import.meta.url))
  const subjects = [
    ['bare @actions/core', bundleBareCore(work)],
    ['sign, 1 MiB by key: signature and provenance', sign],
  ]
  const times = new Map(subjects.map(([name]) => [name, []]))
  for (let round = 0; round < RUNS; round++) {
    for (const [name, entry] of subjects) times.get(name).push(step(work, entry, entry === sign))
  }
  const base = median(times.get('bare @actions/core'))
  printTable(
    `from start to signed, median of ${RUNS}`,
    ['', 'ms', 'to a bare start'],
    subjects.map(([name]) => {
      const ms = median(times.get(name))
      return [name, ms.toFixed(0), (ms / base).toFixed(2)]
    }),
  )
}

function step(work, entry, signs) {
  const home = mkdtempSync(join(work, 'step-'))
  const file = (name, data = '') => {
    writeFileSync(join(home, name), data)
    return join(home, name)
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
  mkdirSync(join(home, 'model'))
  file('model/weights.bin', randomBytes(1024 * 1024))
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
    INPUT_PATH: 'model',
    INPUT_KEY: 'key.pem',
    INPUT_STORE: 'evidence',
  }
  const begin = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry], { cwd: home, env })
  const elapsed = performance.now() - begin
  // The bare one fails at the end, so that it writes an annotation too.
  if (signs && (status !== 0 || !existsSync(join(home, 'evidence')))) {
    throw new Error(`nothing was signed: ${stdout}${stderr}`)
  }
  return elapsed
}
