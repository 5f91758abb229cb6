import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toSarif } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { type Fetch, type RunnerCommands, runOnRunner } from '../../src/index.js'
import { example } from '../example-action.js'

/** A checkout, and a runner that records what it is told. */
async function step(
  inputs: Record<string, string>,
  options: { event?: unknown; fetch?: Fetch; folder?: string } = {},
) {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'sluice-runner-')))
  const eventPath = `${folder}.event.json`
  await writeFile(eventPath, JSON.stringify(options.event ?? {}))
  const outputs: Record<string, string> = {}
  const lines: string[] = []
  const annotations: { level: string; message: string; file?: string | undefined }[] = []
  const summaries: string[] = []
  const secrets: string[] = []
  const annotate = (level: string) => (message: string, properties?: { file?: string }) => {
    annotations.push({ level, message, file: properties?.file })
  }
  const commands: RunnerCommands = {
    setOutput: (name, value) => {
      outputs[name] = value
    },
    setSecret: (value) => secrets.push(value),
    error: annotate('error'),
    warning: annotate('warning'),
    debug: () => {},
    log: (line) => lines.push(line),
    writeSummary: (markdown) => {
      summaries.push(markdown)
    },
  }
  const env: Record<string, string> = {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: folder,
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_RUN_ID: '7',
    GITHUB_SHA: 'c'.repeat(40),
    GITHUB_API_URL: 'https://api.test',
    GITHUB_EVENT_PATH: eventPath,
  }
  for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.toUpperCase()}`] = value
  const code = await runOnRunner(example, {
    env,
    cwd: '/',
    signal: new AbortController().signal,
    commands,
    fetch: options.fetch ?? (() => Promise.reject(new Error('no network'))),
  })
  const report = async (name: string) => JSON.parse(await readFile(join(folder, '.sluice', name), 'utf8'))
  return { code, outputs, log: lines.join(''), annotations, summaries, secrets, folder, report }
}

test('a pass sets outputs, writes report, SARIF and statements, and annotates nothing', async () => {
  const { code, outputs, annotations, summaries, folder, report } = await step({ name: 'x' })
  expect(code).toBe(0)
  expect(outputs).toMatchObject({
    verdict: 'pass',
    headline: 'Greeted x.',
    report: join(folder, '.sluice/example.json'),
    sarif: join(folder, '.sluice/example.sarif'),
    statement: [
      join(folder, '.sluice/example.statement.json'),
      join(folder, '.sluice/example.statement.2.json'),
    ].join('\n'),
  })
  expect(await report('example.json')).toMatchObject({ verdict: 'pass', action: 'example' })
  expect(annotations).toEqual([])
  expect(summaries[0]).toContain('### ✅ example: pass')
  expect(summaries[0]).toContain('https://github.com/o/r/actions/runs/7/attempts/1')
})

test('a failing finding is annotated at its line, from the root of the repository', async () => {
  const { code, annotations } = await step({ name: 'x', does: 'fail' })
  expect(code).toBe(1)
  expect(annotations).toEqual([{ level: 'error', message: 'Seen.', file: 'Dockerfile' }])
})

test('an error is published like a result: report, summary, one annotation with code and remedy', async () => {
  const { code, outputs, annotations, summaries, report } = await step({ name: 'x', does: 'surroundings' })
  expect(code).toBe(3)
  expect(outputs).toMatchObject({ verdict: 'inconclusive', statement: '' })
  expect(annotations).toMatchObject([
    { level: 'error', message: 'EXAMPLE_ERROR: It was told to. Tell it otherwise.' },
  ])
  expect(summaries[0]).toContain('❔ example: inconclusive')
  expect(await report('example.json')).toMatchObject({ error: { code: 'EXAMPLE_ERROR' } })
})

test('a wrong input exits with 2 and is reported too', async () => {
  const { code, report } = await step({ name: 'x', count: 'many' })
  expect(code).toBe(2)
  expect(await report('example.json')).toMatchObject({
    verdict: 'inconclusive',
    error: { code: 'INPUT_INVALID' },
  })
})

test('a later run leaves nothing of an earlier one, whose statement somebody could sign', async () => {
  const { folder } = await step({ name: 'x' })
  await writeFile(join(folder, '.sluice/other.statement.json'), '{}')
  await step({ name: 'x', does: 'surroundings' }, { folder })
  expect((await readdir(join(folder, '.sluice'))).sort()).toEqual([
    'example.json',
    'example.sarif',
    'other.statement.json',
  ])
  await step({ name: 'x' }, { folder })
  await step({ does: 'pass' }, { folder })
  expect(await readdir(join(folder, '.sluice'))).not.toContain('example.statement.json')
})

test('a report directory that leads out is an error, and nothing is written there', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'sluice-outside-'))
  const folder = await mkdtemp(join(tmpdir(), 'sluice-runner-'))
  await symlink(outside, join(folder, 'reports'))
  const { code, outputs } = await step({ name: 'x', 'report-directory': 'reports' }, { folder })
  expect(code).toBe(2)
  expect(outputs).toMatchObject({ verdict: 'inconclusive', report: '' })
  expect(await readdir(outside)).toEqual([])
  await rm(outside, { recursive: true })
})

test('a working directory that does not exist is named', async () => {
  const { code, annotations } = await step({ name: 'x', 'working-directory': 'nowhere' })
  expect(code).toBe(2)
  expect(annotations[0]?.message).toContain('FILE_NOT_FOUND')
})

test('no line of the log is a command, and a secret reaches no surface', async () => {
  const secret = 'hunter2_"hunter2"'
  for (const does of ['fail', 'crash']) {
    const { log, summaries, annotations, outputs, secrets, folder } = await step({
      name: 'x',
      does,
      'api-key': secret,
    })
    expect(secrets).toContain(secret)
    expect(log).toContain('\\::warning::x ***')
    const files = await Promise.all(
      ['example.json', 'example.sarif'].map((name) => readFile(join(folder, '.sluice', name), 'utf8')),
    )
    expect(
      [log, summaries, JSON.stringify(annotations), JSON.stringify(outputs), ...files].join(''),
    ).not.toContain(secret)
  }
})

test('summary: false leaves the summary alone', async () => {
  expect((await step({ name: 'x', summary: 'false' })).summaries).toEqual([])
})

/** A pull request from `repo`, in a repository that refuses the comment. */
function refusing(repo: unknown) {
  const event = { pull_request: { number: 5, head: { sha: 'd'.repeat(40), repo } } }
  const calls: string[] = []
  const fetch: Fetch = async (url, init) => {
    calls.push(`${init?.method} ${url} ${init?.body ?? ''}`)
    return init?.method === 'GET' ? Response.json([]) : Response.json({ message: 'no' }, { status: 403 })
  }
  const inputs = { name: 'x', comment: 'true', 'github-token': 'ghs_token' }
  return { calls, run: step(inputs, { event, fetch }) }
}

test.each([{ full_name: 'stranger/r' }, null])(
  "the comment is written on the pull request, and a fork's 403 is a line of the log (%j)",
  async (repo) => {
    const { calls, run } = refusing(repo)
    const { code, log, annotations } = await run
    expect(code).toBe(0)
    expect(calls[1]).toContain(
      'POST https://api.test/repos/o/r/issues/5/comments {"body":"<!-- sluice:example -->\\n### ✅ example: pass',
    )
    expect(calls[1]).toContain('dddddddddddd')
    expect(log).toContain('No comment: the token may not write one (403); on a pull request from a fork')
    expect(annotations).toEqual([])
  },
)

test('a 403 that the caller can mend is a warning with the permission to add, and changes no verdict', async () => {
  const { code, outputs, annotations } = await refusing({ full_name: 'o/r' }).run
  expect(code).toBe(0)
  expect(outputs).toMatchObject({ verdict: 'pass' })
  expect(annotations).toMatchObject([
    { level: 'warning', message: expect.stringContaining('Add `pull-requests: write`') },
  ])
})

test.each([
  [{}, undefined, 'this run is about no pull request'],
  [{}, { pull_request: { number: 5 } }, 'set the input `github-token`'],
  [{ 'github-token': 'ghs_token' }, { pull_request: { number: 5 } }, 'no network'],
] as const)('a comment that cannot be written changes nothing (%#)', async (inputs, event, says) => {
  const { code, log } = await step({ name: 'x', comment: 'true', ...inputs }, { event })
  expect(code).toBe(0)
  expect(log).toContain(says)
})

test("SARIF on disk is the renderer's", async () => {
  const { folder, report } = await step({ name: 'x', does: 'fail' })
  const sarif = await readFile(join(folder, '.sluice/example.sarif'), 'utf8')
  expect(sarif).toBe(toSarif(await report('example.json')))
})
