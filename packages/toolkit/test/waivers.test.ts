import { expect, test } from 'vitest'
import { type Context, type RunContext, readWaivers } from '../src/index.js'
import { testContext } from '../src/testing.js'

const BASE = 'b'.repeat(40)
const ATL = `waivers:
  - { rule: check/loss, reason: known, owner: '@team', expires: 2026-12-31 }
`
const NEW = `${ATL}  - { rule: check/other, reason: new, owner: '@author', expires: 2026-12-31 }
`
const LOSS = { rule: 'check/loss', level: 'error', message: 'Lost.', fingerprint: 'a' } as const
const OTHER = { rule: 'check/other', level: 'error', message: 'Lost.', fingerprint: 'c' } as const
const INPUTS = { config: 'sluice.yaml', workingDirectory: 'models/a', githubToken: 'secret-token' }

function runOf(event: unknown): RunContext {
  return {
    kind: 'github',
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.test',
    repository: 'octo/model',
    repositoryId: '1',
    repositoryOwnerId: '2',
    sha: 'a'.repeat(40),
    ref: 'refs/pull/1/merge',
    workflowRef: 'octo/model/.github/workflows/pr.yml@refs/pull/1/merge',
    workflowSha: 'a'.repeat(40),
    runId: '1',
    runAttempt: '1',
    eventName: 'pull_request',
    actor: 'octocat',
    job: 'gates',
    runnerEnvironment: 'github-hosted',
    event,
  }
}

const PULL_REQUEST = runOf({ pull_request: { base: { sha: BASE } } })

async function accepted(
  head: string,
  run: RunContext,
  answer: (url: string, init?: RequestInit) => Response,
  inputs: Parameters<typeof readWaivers>[0] = INPUTS,
) {
  const fetch: Context['fetch'] = async (url, init) => answer(String(url), init)
  await using context = await testContext({
    files: { 'sluice.yaml': head },
    now: '2026-03-03T12:00:00Z',
    fetch,
    run,
  })
  const findings = (await readWaivers(inputs, context, 'check'))([LOSS, OTHER])
  return {
    waived: findings.filter((finding) => finding.waivedBy).map(({ rule }) => rule),
    notes: findings.filter(({ level }) => level === 'note'),
  }
}

const file = (text: string) =>
  Response.json({ encoding: 'base64', content: Buffer.from(text).toString('base64') })

test('in a pull request only the waivers hold that its base has, in the model’s folder, at the base’s commit', async () => {
  const asked: string[] = []
  const { notes, waived } = await accepted(NEW, PULL_REQUEST, (url, init) => {
    asked.push(url, String(new Headers(init?.headers).get('authorization')))
    return file(ATL)
  })
  expect(asked).toEqual([
    `https://api.github.test/repos/octo/model/contents/models/a/sluice.yaml?ref=${BASE}`,
    'Bearer secret-token',
  ])
  expect(waived).toEqual(['check/loss'])
  expect(notes).toMatchObject([{ rule: 'waiver/proposed', message: expect.stringContaining('1 of 2') }])
})

test('a waiver that the pull request makes milder counts as new', async () => {
  const { waived } = await accepted(ATL.replace('2026-12-31', '2027-12-31'), PULL_REQUEST, () => file(ATL))
  expect(waived).toEqual([])
})

test('a waiver that the pull request removes is gone, and nobody asks for the base', async () => {
  const { waived } = await accepted('', PULL_REQUEST, () => {
    throw new Error('asked')
  })
  expect(waived).toEqual([])
})

test('a base without the file has no waivers', async () => {
  const { notes, waived } = await accepted(NEW, PULL_REQUEST, () => Response.json({}, { status: 404 }))
  expect({ waived, rules: notes.map(({ rule }) => rule) }).toEqual({ waived: [], rules: ['waiver/proposed'] })
})

test('the merge queue is held against its base too', async () => {
  const { waived } = await accepted(NEW, runOf({ merge_group: { base_sha: BASE } }), () => file(ATL))
  expect(waived).toEqual(['check/loss'])
})

test.each<[string, RunContext, Response, object, string]>([
  ['a refusal', PULL_REQUEST, Response.json({}, { status: 403 }), {}, 'GitHub answered 403'],
  ['a folder', PULL_REQUEST, Response.json([]), {}, 'without the content'],
  ['no token', PULL_REQUEST, file(ATL), { githubToken: undefined }, 'no `github-token`'],
  ['another root', PULL_REQUEST, file(ATL), { workingDirectory: '/models/a' }, 'no path in the repository'],
  ['a way out', PULL_REQUEST, file(ATL), { workingDirectory: '../a' }, 'no path in the repository'],
  ['a broken base', PULL_REQUEST, file('waivers: 1'), {}, 'CONFIG_INVALID'],
  ['no base commit', runOf({ pull_request: {} }), file(ATL), {}, 'names no base commit'],
  ['a crooked one', runOf({ pull_request: { base: { sha: '../x' } } }), file(ATL), {}, 'names no base'],
])('with %s no waiver holds, and a note says why', async (_, run, answer, inputs, because) => {
  const { notes, waived } = await accepted(ATL, run, () => answer.clone(), { ...INPUTS, ...inputs })
  expect(waived).toEqual([])
  expect(notes).toMatchObject([{ rule: 'waiver/base-unread', message: expect.stringContaining(because) }])
})

test.each([
  ['a push', runOf({ after: BASE })],
  ['a person’s machine', { kind: 'local' } as const],
])('on %s the checkout’s own waivers hold', async (_, run) => {
  const { waived } = await accepted(NEW, run, () => {
    throw new Error('asked')
  })
  expect(waived).toEqual(['check/loss', 'check/other'])
})
