import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { matchesFilter } from '../../src/rehearse/filters.js'
import { outcomeJson, outcomeText, RunPage } from '../../src/rehearse/page.js'
import { prepare } from '../../src/rehearse/prepare.js'
import { rehearse } from '../../src/rehearse/rehearse.js'
import { summaryText } from '../../src/rehearse/summary.js'
import { openTemporary } from '../../src/rehearse/temporary.js'
import { repositoryOf, type Script } from '../support/repository.js'
import { run } from '../support/run.js'

const JOB = 'jobs:\n  a: { runs-on: x, steps: [{ run: "true" }] }\n'

async function prepared(on: string, options: Partial<Parameters<typeof prepare>[0]> = {}) {
  await using repository = await repositoryOf({ 'top.yml': `on: ${on}\n${JOB}` })
  return await prepare({
    repo: repository.folder,
    workflow: 'top.yml',
    repository: 'octo-org/model',
    ...options,
  })
}

describe('the event', () => {
  test('is the first that the workflow listens to', async () => {
    expect((await prepared('{ pull_request: , push: }')).facts).toMatchObject({
      event: 'pull_request',
      ref: 'refs/pull/1/merge',
      workflow: '.github/workflows/top.yml',
    })
  })

  test('has a payload as GitHub sends it', async () => {
    const { event, checkout } = await prepared('pull_request')
    expect(event.payload).toMatchObject({
      action: 'synchronize',
      number: 1,
      pull_request: { number: 1, head: { sha: checkout.sha }, base: { ref: 'main' } },
      repository: { full_name: 'octo-org/model' },
    })
  })

  test('a folder that is no git repository has a commit made up from its content', async () => {
    await using same = await repositoryOf({ 'top.yml': `on: push\n${JOB}` })
    await using other = await repositoryOf({ 'top.yml': `on: push\n${JOB}`, 'a.txt': 'a' })
    const shas = await Promise.all(
      [same, same, other].map(
        async ({ folder }) => (await prepare({ repo: folder, workflow: 'top' })).facts.sha,
      ),
    )
    expect(shas[0]).toMatch(/^[0-9a-f]{40}$/)
    expect(shas[1]).toBe(shas[0])
    expect(shas[2]).not.toBe(shas[0])
  })

  test('a given payload says which commit and ref', async () => {
    const payload = { ref: 'refs/heads/release', after: 'b'.repeat(40) }
    expect((await prepared('push', { payload })).facts).toMatchObject({
      ref: 'refs/heads/release',
      sha: 'b'.repeat(40),
    })
  })

  test.each([
    ['one that is not listened to', 'push', { event: 'schedule' }, 'EVENT_NOT_LISTENED'],
    ['another branch', '{ push: { branches: [release/**] } }', {}, 'EVENT_FILTERED_OUT'],
    ['an ignored branch', '{ push: { branches-ignore: [main] } }', {}, 'EVENT_FILTERED_OUT'],
    [
      'a tag where branches are listened to',
      '{ push: { branches: ["**"] } }',
      { ref: 'refs/tags/v1' },
      'EVENT_FILTERED_OUT',
    ],
    ['a branch where tags are listened to', '{ push: { tags: ["v*"] } }', {}, 'EVENT_FILTERED_OUT'],
    ['an activity', '{ pull_request: { types: [closed] } }', {}, 'EVENT_FILTERED_OUT'],
    ['one without a payload', 'issues', {}, 'EVENT_PAYLOAD_MISSING'],
    ['an unknown job', 'push', { job: 'b' }, 'REHEARSAL_JOB_UNKNOWN'],
    ['a map to nowhere', 'push', { maps: { 'a/b': '/nowhere/at/all' } }, 'REHEARSAL_MAP_INVALID'],
    ['a workflow that is not there', 'push', { workflow: 'none.yml' }, 'WORKFLOW_MISSING'],
  ])('%s is refused', async (_, on, options, code) => {
    await expect(prepared(on, options)).rejects.toMatchObject({ code, kind: 'usage' })
  })

  test('paths that nobody knows are said to be taken as met', async () => {
    expect((await prepared('{ push: { paths: [models/**] } }')).notes[0]).toMatch(
      /top\.yml:1: which paths changed/,
    )
  })
})

describe('a filter', () => {
  test.each<[string[], string, boolean]>([
    [['main'], 'main', true],
    [['release/*'], 'release/1', true],
    [['release/*'], 'release/1/a', false],
    [['release/**'], 'release/1/a', true],
    [['**'], 'any/thing', true],
    [['v[12].[0-9]+'], 'v1.10', true],
    [['v[12].[0-9]+'], 'v3.1', false],
    [['**/*.md'], 'README.md', true],
    [['docs/**', '!docs/*.png'], 'docs/a.png', false],
    [['!docs/**', '**'], 'docs/a', true],
    [['a.b'], 'aXb', false],
    [['*.jsx?'], 'page.js', true],
  ])('%j on %s is %s', (patterns, name, expected) => {
    expect(matchesFilter(patterns, name)).toBe(expected)
  })
})

describe('inputs of a dispatch', () => {
  const DISPATCH = `on:
  workflow_dispatch:
    inputs:
      to: { type: choice, options: [dev, prod], required: true }
      count: { type: number, default: 2 }
      force: { type: boolean }
${JOB}`

  test('are typed, with defaults, and texts in the payload', async () => {
    let contexts: unknown
    const jobs: Script = {
      a: async (_, scope) => {
        contexts = scope.contexts
        return {}
      },
    }
    await run(DISPATCH, jobs, { inputs: { to: 'prod', force: 'true' } })
    expect(contexts).toMatchObject({
      inputs: { to: 'prod', count: 2, force: true },
      github: { event: { inputs: { to: 'prod', force: 'true' } } },
    })
  })

  test.each([
    [{ too: 'x', to: 'dev' }, 'REHEARSAL_INPUT', /Did you mean `to`/],
    [{}, 'REHEARSAL_INPUT', /Give `to` a value/],
    [{ to: 'moon' }, 'WORKFLOW_INVALID', /--input to/],
    [{ to: 'dev', count: 'many' }, 'WORKFLOW_INVALID', /--input count/],
    [{ to: 'dev', force: 'yes' }, 'WORKFLOW_INVALID', /--input force/],
  ])('%j is refused', async (inputs, code, remedy) => {
    await expect(run(DISPATCH, {}, { inputs })).rejects.toMatchObject({
      code,
      remedy: expect.stringMatching(remedy),
    })
  })
})

test('an action that is not on this machine is refused before anything runs', async () => {
  await using repository = await repositoryOf({
    'top.yml':
      'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: "true"\n      - uses: other/action@v1\n',
  })
  await expect(rehearse({ repo: repository.folder, workflow: 'top.yml' })).rejects.toMatchObject({
    code: 'REHEARSAL_UNSUPPORTED',
    message: expect.stringContaining('top.yml:7: '),
    remedy: expect.stringContaining('--map other/action='),
  })
})

test('--job runs a job and what it needs', async () => {
  const { ran } = await run(
    'on: push\njobs:\n' +
      ['a: {', 'b: { needs: a,', 'c: { needs: b,', 'd: {']
        .map((head) => `  ${head} runs-on: x, steps: [{ run: "true" }] }\n`)
        .join(''),
    {},
    { job: 'b' },
  )
  expect(ran.map(({ id }) => id)).toEqual(['a', 'b'])
})

describe('the run page', () => {
  test('has jobs, steps, times, annotations, summaries and the verdict', async () => {
    let text = ''
    const page = new RunPage((more) => {
      text += more
    }, false)
    await using repository = await repositoryOf({
      'top.yml': `name: Gate
on: push
jobs:
  good:
    runs-on: x
    steps:
      - { name: Say it, run: 'echo "### All well" >> "$GITHUB_STEP_SUMMARY"' }
      - { name: Not this, if: false, run: "true" }
  bad:
    runs-on: x
    steps: [{ name: Break it, run: "echo '::error file=model.txt,line=3::it is worse'; exit 1" }]
  last: { needs: bad, runs-on: x, steps: [{ run: "true" }] }
`,
    })
    const outcome = await rehearse({ repo: repository.folder, workflow: 'top.yml', events: page.events })
    text += outcomeText(outcome)
    expect(text).toMatch(/✓ good {2}\d+ ms\n {4}✓ Say it {2}\d+ ms\n {4}– Not this {2}skipped/)
    expect(text).toMatch(/bad \/ Break it failed:/)
    expect(text).toMatch(/error: model\.txt:3: it is worse/)
    expect(text).toMatch(/– last {2,}skipped/)
    expect(text).toMatch(/── good \/ Say it\n### All well/)
    expect(text.trimEnd()).toMatch(/✗ failure in [\d.]+ (ms|s)$/)
    expect(JSON.parse(outcomeJson(outcome))).toMatchObject({ conclusion: 'failure', exitCode: 1 })
    expect(
      (await readdir(tmpdir())).filter((name) => name.startsWith(`sluice-rehearsal-${process.pid}-`)),
    ).toEqual([])
  })

  test('names what a page folds, and reads as text', () => {
    const markdown =
      '### &#10060; fail\n<details open><summary>Rules (2)</summary>\n\n| a |\n\n</details>\n<details><summary>Files (9)</summary>\nlong\n</details>\n<sub>1 &lt; 2</sub>'
    expect(summaryText(markdown)).toBe(
      '### ❌ fail\n▾ Rules (2)\n\n| a |\n\n\n▸ Files (9)\n1 < 2'.replace('\n\n\n', '\n\n'),
    )
  })

  // The first took minutes at a tenth of this length: the time limit of a test is what it is held against.
  test.each(['<details><summary>x</summary>', '<!--', '<summary>', '<details>'])(
    'reads a summary of %s over and over to its end',
    (part) => expect(summaryText(part.repeat(20_000)).length).toBeLessThan(part.length * 20_000 + 1),
  )
})

test('rehearsals of one repository take turns at its registries, and each says what it stands in for', async () => {
  const state = await mkdtemp(join(tmpdir(), 'sluice-test-state-'))
  await using repository = await repositoryOf({
    'top.yml': `on: push\njobs:\n  a: { runs-on: ubuntu-24.04, steps: [{ uses: a/b/canary@v1 }, { run: "sleep 1" }] }\n`,
    'a/canary/action.yml': 'name: n\ndescription: d\nruns: { using: composite, steps: [] }\n',
    'sluice.yaml': 'rollout: { traffic: { haproxy: { socket: /run/h.sock, at: /a/b } } }\n',
  })
  const rehearsed = async () => {
    const lines: string[] = []
    const { conclusion, milliseconds } = await rehearse({
      repo: repository.folder,
      repository: 'octo-org/model',
      workflow: 'top.yml',
      stateFolder: state,
      set: [{ path: ['rollout', 'traffic', 'haproxy', 'at'], value: '/c/d' }],
      maps: { 'a/b': join(repository.folder, 'a') },
      events: (event) => {
        if (event.kind === 'log' && event.job === '') lines.push(event.line)
      },
    })
    return { conclusion, lines, milliseconds }
  }
  const [one, other] = await Promise.all([rehearsed(), rehearsed()])
  await rm(state, { recursive: true, force: true })
  expect([one.conclusion, other.conclusion]).toEqual(['success', 'success'])
  const waited = '… the run waits: another rehearsal of this repository uses its registries'
  expect([...one.lines, ...other.lines].filter((line) => line === waited)).toHaveLength(1)
  const told = one.lines.filter((line) => line.startsWith('  rollout'))
  expect(told).toEqual([
    '  rollout.traffic.haproxy.at: "/c/d"',
    '  rollout.traffic.haproxy.socket: /run/h.sock',
  ])
  expect(Math.max(one.milliseconds, other.milliseconds)).toBeGreaterThan(2000)
})

test('what a step has parted from its group ends with the rehearsal', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'sluice-test-daemon-'))
  try {
    let ended: Promise<unknown>
    {
      await using temporary = await openTemporary(parent)
      const daemon = spawn('sleep', ['60'], {
        detached: true,
        env: { PATH: process.env['PATH'], RUNNER_TEMP: `${temporary.path}/jobs/temp` },
      })
      ended = new Promise((resolve) => daemon.on('exit', (_, signal) => resolve(signal)))
    }
    expect(await ended).toBe('SIGKILL')
    expect(await readdir(parent)).toEqual([])
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
})

test('what a killed rehearsal left is ended and removed by the next one', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'sluice-test-left-'))
  try {
    const gone = join(parent, 'sluice-rehearsal-4194300-1-abc')
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(gone, 'jobs'), { recursive: true })
    const orphan = spawn('sleep', ['60'], {
      env: { PATH: process.env['PATH'], RUNNER_TEMP: `${gone}/jobs/temp` },
    })
    const ended = new Promise((resolve) => orphan.on('exit', (_, signal) => resolve(signal)))
    {
      await using temporary = await openTemporary(parent)
      expect(existsSync(temporary.path)).toBe(true)
      expect(existsSync(gone)).toBe(false)
    }
    expect(await ended).toBe('SIGKILL')
    expect(await readdir(parent)).toEqual([])
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
})
