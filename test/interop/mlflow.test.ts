import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { action } from '@sluice/action-model-gate'
import { createFetch, systemClock } from '@sluice/toolkit'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { daemon, freePort } from './balancers.js'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const python = join(peers, 'mlflow-3.17.2/bin/python')
const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const run = promisify(execFile)

const USER = { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: 'correct horse 1' }
/** The client and the server write nothing of this machine or to its services. */
const QUIET = { MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet' }

/** Its own basic authentication; without the cache each request takes as long as hashing a password does. */
const AUTHENTICATION = `[mlflow]
default_permission = READ
database_uri = sqlite:///users.db
admin_username = ${USER.MLFLOW_TRACKING_USERNAME}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 600
`

/** Rows scored alike by everyone, save for how much of a score is noise. */
function table(noise: number, shift: number): string {
  let state = 11
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const rows = Array.from({ length: 3000 }, (_, id) => {
    const late = random() < 0.4 ? 1 : 0
    return `${id},${late},${(1 - noise) * late + noise * random() + shift * random()}`
  })
  return `id,label,score\n${rows.join('\n')}\n`
}
const TABLES = {
  'candidate.csv': table(0.6, 0.02),
  'equal.csv': table(0.6, 0.01),
  'better.csv': table(0.4, 0),
}
const RULES = 'evaluation:\n  rules:\n    - { metric: auc, margin: 0.02 }\n'

describe.skipIf(!existsSync(python))('mlflow', () => {
  let server: Awaited<ReturnType<typeof daemon>>
  let url: string
  let ids: Readonly<Record<string, string>>

  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const env = {
      ...QUIET,
      MLFLOW_AUTH_CONFIG_PATH: 'users.ini',
      MLFLOW_AUTH_ADMIN_PASSWORD: USER.MLFLOW_TRACKING_PASSWORD,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'of this test alone',
    }
    const ready = async () => (await fetch(`${url}/health`)).ok
    const args = (folder: string) => [beside('mlflow_server.py'), folder, String(port)]
    server = await daemon(python, { ...TABLES, 'users.ini': AUTHENTICATION }, args, ready, 120, env)
    const { stdout } = await run(python, [beside('mlflow_runs.py'), server.folder], {
      cwd: server.folder,
      env: { ...process.env, ...QUIET, ...USER, MLFLOW_TRACKING_URI: url },
    })
    ids = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, string>
  }, 240_000)
  afterAll(() => server?.[Symbol.asyncDispose]())

  async function gate(candidate: string, champion: string, variables: Record<string, string> = USER) {
    const log = { debug: () => {}, info: () => {}, warning: () => {} }
    await using context = await testContext({
      files: { 'sluice.yaml': RULES },
      fetch: createFetch({ clock: systemClock, signal: new AbortController().signal, log }),
      variables: { ...variables, MLFLOW_TRACKING_URI: url },
    })
    return await action.run(inputsWith(action, { candidate, champion }), context)
  }
  const runOf = (name: string) => `mlflow:runs/${ids[name]}`

  test('passes a candidate as good as the version that an alias names, which is pinned', async () => {
    const result = await gate(runOf('candidate'), 'mlflow:models/prod.delays@champion')
    expect(result.verdict).toBe('pass')
    expect(result.details?.predicate['inputs']).toMatchObject([
      { role: 'candidate', conditions: { 'dataset flights': expect.stringMatching(/^[0-9a-f]{8}$/) } },
      {
        role: 'champion',
        name: runOf('equal'),
        source: {
          kind: 'mlflow',
          server: url,
          runId: ids['equal'],
          model: 'prod.delays',
          version: '1',
          alias: 'champion',
        },
      },
    ])
  })

  test('fails a candidate that is worse, by alias and by version', async () => {
    for (const champion of ['mlflow:models/prod.delays@strong', 'mlflow:models/prod.delays/2'])
      expect(await gate(runOf('candidate'), champion)).toMatchObject({
        verdict: 'fail',
        findings: [{ rule: 'evaluation/regression' }],
      })
  })

  test('joins tables that runs logged as artifacts, row by row', async () => {
    const candidate = `${runOf('candidate')}#eval/candidate.csv`
    const good = await gate(candidate, 'mlflow:models/prod.delays@champion#eval/equal.csv')
    expect(good).toMatchObject({ verdict: 'pass', outputs: { rows: '3000' } })
    const bad = await gate(candidate, 'mlflow:models/prod.delays@strong#eval/better.csv')
    expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
  })

  test.each([
    ['failed', 'evaluation/evaluation-incomplete'],
    ['deleted', 'evaluation/evaluation-incomplete'],
    ['nan', 'evaluation/champion-not-finite'],
    ['other-data', 'evaluation/dataset-changed'],
  ])('decides nothing on the run %s', async (name, rule) => {
    expect(await gate(runOf('candidate'), runOf(name))).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule }],
    })
  })

  test.each([
    ['a table of a run that failed', () => `${runOf('failed')}#eval/equal.csv`, 'MLFLOW_RUN_UNUSABLE'],
    ['a file that was not logged', () => `${runOf('equal')}#eval/none.csv`, 'MLFLOW_NOT_FOUND'],
    ['a folder', () => `${runOf('equal')}#eval`, 'MLFLOW_NOT_FOUND'],
    ['an alias that names nothing', () => 'mlflow:models/prod.delays@none', 'MLFLOW_NOT_FOUND'],
    ['a version that does not exist', () => 'mlflow:models/prod.delays/9', 'MLFLOW_NOT_FOUND'],
    ['a model that does not exist', () => 'mlflow:models/none@champion', 'MLFLOW_NOT_FOUND'],
    ['a version without a run', () => 'mlflow:models/prod.delays@bare', 'MLFLOW_VERSION_UNUSABLE'],
    ['a run that does not exist', () => `mlflow:runs/${'0'.repeat(32)}`, 'MLFLOW_NOT_FOUND'],
    ['the candidate', () => runOf('candidate'), 'CHAMPION_IS_CANDIDATE'],
  ])('refuses %s', async (_what, champion, code) => {
    await expect(gate(runOf('candidate'), champion())).rejects.toMatchObject({ code })
  })

  test('refuses to go without credentials, or with wrong ones', async () => {
    const denied = { code: 'MLFLOW_DENIED' }
    await expect(gate(runOf('candidate'), runOf('equal'), {})).rejects.toMatchObject(denied)
    const wrong = { ...USER, MLFLOW_TRACKING_PASSWORD: 'wrong' }
    await expect(gate(runOf('candidate'), runOf('equal'), wrong)).rejects.toMatchObject(denied)
  })
})
