import type { Fetch } from '@sluice/toolkit'
import { describe, expect, test } from 'vitest'
import { evidenceOf, gate } from './gate.js'
import { realFetch, serve } from './server.js'

const URL_OF = 'https://mlflow.test/base'
const TOKEN = { MLFLOW_TRACKING_TOKEN: 'secret-token' }

interface Run {
  readonly auc: number | string
  readonly digest?: string
  readonly info?: object
  readonly root?: string
  readonly files?: Readonly<Record<string, string>>
}

/** Rows in which `score` orders the labels well, or like a coin. */
function table(good: boolean, shift = 0): string {
  let state = 11
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const rows = Array.from({ length: 3000 }, (_, id) => {
    const late = random() < 0.4 ? 1 : 0
    const noise = random()
    return `${id},${late},${(good ? 0.5 * late + 0.5 * noise : noise) + shift * random()}`
  })
  return `id,label,score\n${rows.join('\n')}\n`
}

const RUNS: Readonly<Record<string, Run>> = {
  good: { auc: 0.8, files: { 'eval/rows.csv': table(true) } },
  equal: { auc: 0.801, files: { 'eval/rows.csv': table(true, 0.01) } },
  better: { auc: 0.86, files: { 'eval/rows.csv': table(true) } },
  worse: { auc: 0.7, files: { 'eval/rows.csv': table(false) } },
  nan: { auc: 'NaN' },
  failed: { auc: 0.8, info: { status: 'FAILED' }, files: { 'eval/rows.csv': table(true) } },
  deleted: { auc: 0.8, info: { lifecycle_stage: 'deleted' }, files: { 'eval/rows.csv': table(true) } },
  changed: { auc: 0.8, digest: 'ffff', files: { 'eval/rows.csv': table(true, 0.01) } },
  bucket: { auc: 0.8, root: 's3://bucket/1/bucket/artifacts', files: { 'eval/rows.csv': table(true) } },
  other: { auc: 0.8, info: { run_id: 'another' } },
}
const VERSIONS = [
  { version: '3', run_id: 'equal', aliases: ['champion'] },
  { version: '4', run_id: 'better', aliases: ['strong'] },
  { version: '5', run_id: '', aliases: ['bare'] },
  { version: '7', run_id: 'good', aliases: ['candidate'] },
  { version: '6', run_id: 'equal', status: 'FAILED_REGISTRATION', aliases: ['half'] },
]

/** A tracking server of MLflow with these runs, and one registered model `delays`. */
function mlflow(options: { authorized?: string; answers?: Readonly<Record<string, () => Response>> } = {}) {
  const asked: { path: string; authorization: string | null }[] = []
  const answer = (call: string, query: URLSearchParams): unknown => {
    const run = RUNS[query.get('run_id') ?? '']
    const named = (found: object | undefined) =>
      found && { model_version: { name: 'delays', status: 'READY', ...found } }
    switch (call) {
      case 'registered-models/alias':
        return named(VERSIONS.find(({ aliases }) => aliases.includes(query.get('alias') ?? '')))
      case 'model-versions/get':
        return named(VERSIONS.find(({ version }) => version === query.get('version')))
      case 'runs/get':
        return run && { run: shown(query.get('run_id')!, run) }
      case 'artifacts/list':
        return (
          run && {
            files: Object.entries(run.files ?? {}).map(([path, text]) => ({
              path,
              is_dir: false,
              file_size: String(text.length),
            })),
          }
        )
    }
  }
  const fetch: Fetch = async (address, init) => {
    const url = new URL(address)
    const authorization = new Headers(init?.headers).get('authorization')
    asked.push({ path: url.pathname, authorization })
    expect(url.href.startsWith(`${URL_OF}/api/2.0/`)).toBe(true)
    expect(init?.redirect).toBe('error')
    if (options.authorized !== undefined && authorization !== options.authorized)
      return new Response('no', { status: 401 })
    for (const [end, instead] of Object.entries(options.answers ?? {}))
      if (url.pathname.endsWith(end)) return instead()
    const file = /\/mlflow-artifacts\/artifacts\/1\/(\w+)\/artifacts\/(.*)$/.exec(url.pathname)
    if (file !== null) return new Response(RUNS[file[1]!]?.files?.[file[2]!])
    const body = answer(url.pathname.replace('/base/api/2.0/mlflow/', ''), url.searchParams)
    if (body !== undefined) return Response.json(body)
    const error = { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'not found' }
    return Response.json(error, { status: 404 })
  }
  return Object.assign(fetch, { asked })
}

const shown = (id: string, { auc, digest = 'abcd', info, root }: Run) => ({
  info: {
    run_id: id,
    status: 'FINISHED',
    lifecycle_stage: 'active',
    artifact_uri: root ?? `mlflow-artifacts:/1/${id}/artifacts`,
    ...info,
  },
  data: {
    metrics: [
      { key: 'auc', value: auc },
      { key: 'auc_stderr', value: 0.002 },
    ],
  },
  inputs: { dataset_inputs: [{ dataset: { name: 'holdout', digest } }] },
})

const gateOn = (
  candidate: string,
  champion: string,
  fetch: Fetch = mlflow(),
  variables: Record<string, string> = {},
) =>
  gate(champion, {
    fetch,
    variables: { MLFLOW_TRACKING_URI: `${URL_OF}/`, ...variables },
    given: { candidate },
  })

test('an alias is followed to its run once, and what it named is kept', async () => {
  const good = await gateOn('mlflow:runs/good', 'mlflow:models/delays@champion')
  expect(good.verdict).toBe('pass')
  expect(evidenceOf(good)).toMatchObject([
    {
      name: 'mlflow:runs/good',
      source: { kind: 'mlflow', runId: 'good' },
      conditions: { 'dataset holdout': 'abcd' },
    },
    {
      name: 'mlflow:runs/equal',
      digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      source: { server: URL_OF, runId: 'equal', model: 'delays', version: '3', alias: 'champion' },
    },
  ])
  const bad = await gateOn('mlflow:runs/good', 'mlflow:models/delays@strong')
  expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
  expect((await gateOn('mlflow:runs/good', 'mlflow:models/delays/4')).verdict).toBe('fail')
})

test('a table among the artifacts of a run is joined row by row', async () => {
  const good = await gateOn('mlflow:runs/good#eval/rows.csv', 'mlflow:models/delays@champion#eval/rows.csv')
  expect(good).toMatchObject({ verdict: 'pass', outputs: { rows: '3000' } })
  expect(evidenceOf(good)[1]).toMatchObject({ source: { version: '3', path: 'eval/rows.csv' } })
  const bad = await gateOn('mlflow:runs/worse#eval/rows.csv', 'mlflow:runs/equal#eval/rows.csv')
  expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
})

describe('decides nothing on', () => {
  test.each([
    ['a run that failed', 'mlflow:runs/failed', 'evaluation/evaluation-incomplete'],
    ['a run that was deleted', 'mlflow:runs/deleted', 'evaluation/evaluation-incomplete'],
    ['another dataset', 'mlflow:runs/changed', 'evaluation/dataset-changed'],
    ['a metric that is no number', 'mlflow:runs/nan', 'evaluation/champion-not-finite'],
    ['a table of another dataset', 'mlflow:runs/changed#eval/rows.csv', 'evaluation/dataset-changed'],
  ])('%s', async (_what, champion, rule) => {
    const candidate = champion.includes('#') ? 'mlflow:runs/good#eval/rows.csv' : 'mlflow:runs/good'
    expect(await gateOn(candidate, champion)).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule }],
    })
  })
})

describe('refused is', () => {
  const answers = (end: string, status: number, body: unknown = {}) =>
    mlflow({ answers: { [end]: () => Response.json(body, { status }) } })
  const growing = () => {
    let times = 0
    return mlflow({
      answers: { 'runs/get': () => Response.json({ run: shown('good', { auc: 0.8 + ++times / 1000 }) }) },
    })
  }

  test.each<[string, string, string, Fetch?]>([
    ['a table of a run that failed', 'mlflow:runs/failed#eval/rows.csv', 'MLFLOW_RUN_UNUSABLE'],
    ['a table of a run that was deleted', 'mlflow:runs/deleted#eval/rows.csv', 'MLFLOW_RUN_UNUSABLE'],
    ['an alias that names nothing', 'mlflow:models/delays@none', 'MLFLOW_NOT_FOUND'],
    ['a version that does not exist', 'mlflow:models/delays/9', 'MLFLOW_NOT_FOUND'],
    ['a run that does not exist', 'mlflow:runs/none', 'MLFLOW_NOT_FOUND'],
    ['a file that was not logged', 'mlflow:runs/equal#eval/none.csv', 'MLFLOW_NOT_FOUND'],
    ['a version without a run', 'mlflow:models/delays@bare', 'MLFLOW_VERSION_UNUSABLE'],
    ['a version that was not registered whole', 'mlflow:models/delays@half', 'MLFLOW_VERSION_UNUSABLE'],
    ['artifacts in a bucket', 'mlflow:runs/bucket#eval/rows.csv', 'MLFLOW_ARTIFACT_ELSEWHERE'],
    ['an answer about another run', 'mlflow:runs/other', 'MLFLOW_ANSWER'],
    ['the same run', 'mlflow:runs/good', 'CHAMPION_IS_CANDIDATE'],
    [
      'the same run by another name, of which more was logged between the two answers',
      'mlflow:models/delays@candidate',
      'CHAMPION_IS_CANDIDATE',
      growing(),
    ],
    [
      'an answer about another version',
      'mlflow:models/delays/3',
      'MLFLOW_ANSWER',
      answers('model-versions/get', 200, {
        model_version: { name: 'delays', status: 'READY', version: '4', run_id: 'equal' },
      }),
    ],
    ['a server that breaks down', 'mlflow:runs/equal', 'MLFLOW_ANSWER', answers('runs/get', 503)],
    ['a server that denies', 'mlflow:runs/equal', 'MLFLOW_DENIED', answers('runs/get', 403)],
    ['a wrong token', 'mlflow:runs/equal', 'MLFLOW_DENIED', mlflow({ authorized: 'Bearer right' })],
    [
      'an alias that MLflow answers with 400',
      'mlflow:models/delays@none',
      'MLFLOW_NOT_FOUND',
      answers('registered-models/alias', 400, { message: 'Registered model alias none not found.' }),
    ],
    [
      'what is no MLflow',
      'mlflow:models/delays@champion',
      'MLFLOW_ANSWER',
      mlflow({ answers: { 'registered-models/alias': () => new Response('<html>') } }),
    ],
    [
      'a table that came cut',
      'mlflow:runs/equal#eval/rows.csv',
      'MLFLOW_ARTIFACT_UNUSABLE',
      mlflow({ answers: { 'rows.csv': () => new Response('id,label') } }),
    ],
    [
      'a table that is too large, before it is fetched',
      'mlflow:runs/equal#eval/rows.csv',
      'MLFLOW_ARTIFACT_UNUSABLE',
      answers('artifacts/list', 200, {
        files: [{ path: 'eval/rows.csv', is_dir: false, file_size: 2 ** 31 }],
      }),
    ],
  ])('%s', async (_what, champion, code, fetch = mlflow()) => {
    const candidate = champion.includes('#') ? 'mlflow:runs/good#eval/rows.csv' : 'mlflow:runs/good'
    await expect(gateOn(candidate, champion, fetch)).rejects.toMatchObject({ code })
  })

  test('no server, and one over plain http with credentials', async () => {
    await expect(gate('mlflow:runs/equal')).rejects.toMatchObject({ code: 'MLFLOW_URL_MISSING' })
    const fetch = mlflow()
    const variables = { ...TOKEN, MLFLOW_TRACKING_URI: 'http://mlflow.test' }
    await expect(gate('mlflow:runs/equal', { fetch, variables })).rejects.toMatchObject({
      code: 'MLFLOW_URL_INVALID',
    })
    expect(fetch.asked).toEqual([])
  })
})

test('credentials are those of MLflow’s own client', async () => {
  const sent = async (variables: Record<string, string>) => {
    const fetch = mlflow()
    await gateOn('mlflow:runs/good', 'mlflow:runs/equal', fetch, variables)
    return [...new Set(fetch.asked.map(({ authorization }) => authorization))]
  }
  expect(await sent({})).toEqual([null])
  expect(await sent(TOKEN)).toEqual(['Bearer secret-token'])
  const user = { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p' }
  expect(await sent({ ...TOKEN, ...user })).toEqual([`Basic ${btoa('u:p')}`])
})

test('a redirect is not followed, wherever it leads', async () => {
  const told: string[] = []
  await using server = await serve((path) => {
    told.push(path)
    return Response.redirect(`${server.url}/elsewhere`, 302)
  })
  const variables = { ...TOKEN, MLFLOW_TRACKING_URI: server.url }
  await expect(gate('mlflow:runs/equal', { fetch: realFetch(), variables })).rejects.toMatchObject({
    code: 'HTTP_REDIRECT_REFUSED',
  })
  expect(told).toHaveLength(1)
})
