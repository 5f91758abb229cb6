import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRest } from '../../../toolkit/src/github/rest.js'
import { keepComment } from '../../../toolkit/src/github/sticky-comment.js'
import { ask, job, REPOSITORY, run, SHA, services } from '../facts.js'

type Running = Awaited<ReturnType<typeof services>>
const repo = `/repos/${REPOSITORY}`

let running: Running
let all: Readonly<Record<string, string>>
beforeAll(async () => {
  running = await services()
  const write = 'write' as const
  all = await running.forJob(
    job({
      issues: write,
      checks: write,
      deployments: write,
      attestations: write,
      contents: 'read',
      actions: 'read',
    }),
    run,
  )
})
afterAll(() => running[Symbol.asyncDispose]())

describe('comments', () => {
  const comments = `${repo}/issues/12/comments`

  test('are created, found by pages and updated, as a bot’s', async () => {
    for (let count = 0; count < 45; count++) await ask(all, 'POST', comments, { body: `comment ${count}` })
    const first = await ask(all, 'GET', comments)
    expect(first.body).toHaveLength(30)
    expect(first.body[0]).toMatchObject({
      body: 'comment 0',
      user: { login: 'github-actions[bot]', type: 'Bot' },
    })
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await fetch(next, { headers: { authorization: `Bearer ${all['GITHUB_TOKEN']}` } })
    expect(await second.json()).toHaveLength(15)
    expect(second.headers.get('link')).toContain('rel="prev"')
    expect(second.headers.get('link')).not.toContain('rel="next"')
    const { id } = first.body[3]
    const changed = await ask(all, 'PATCH', `${repo}/issues/comments/${id}`, { body: 'changed' })
    expect(changed).toMatchObject({ status: 200, body: { id, body: 'changed' } })
    expect(running.record().comments.filter(({ body }) => body === 'changed')).toHaveLength(1)
  })

  test('hold 65,536 characters and no more; an emoji is one', async () => {
    expect((await ask(all, 'POST', comments, { body: '🚦'.repeat(65_536) })).status).toBe(201)
    const before = running.record().comments.length
    expect(await ask(all, 'POST', comments, { body: 'x'.repeat(65_537) })).toMatchObject({
      status: 422,
      body: { errors: [{ message: expect.stringContaining('maximum is 65536 characters') }] },
    })
    expect(running.record().comments).toHaveLength(before)
  })

  test.each([{ body: '' }, { body: 7 }, {}])('with body %j are refused', async (body) => {
    expect((await ask(all, 'POST', comments, body)).status).toBe(422)
  })

  test.each(['0', '-1', '1e3', '..', 'a'])('of issue %s are not there', async (number) => {
    expect((await ask(all, 'GET', `${repo}/issues/${number}/comments`)).status).toBeGreaterThanOrEqual(404)
  })

  test('what is no JSON is refused, and the rest goes on', async () => {
    const headers = { authorization: `Bearer ${all['GITHUB_TOKEN']}` }
    const response = await fetch(`${all['GITHUB_API_URL']}${comments}`, {
      method: 'POST',
      headers,
      body: '{',
    })
    expect(response.status).toBe(400)
  })

  test('are kept by toolkit: made once, then updated, beyond the first page too', async () => {
    const rest = createRest(fetch, all['GITHUB_API_URL'] ?? '', all['GITHUB_TOKEN'] ?? '')
    const keep = (text: string) => keepComment(rest, REPOSITORY, 31, '<!-- sluice:gate -->', text)
    for (let count = 0; count < 105; count++)
      await ask(all, 'POST', `${repo}/issues/31/comments`, { body: `talk ${count}` })
    await expect(keep('first')).resolves.toEqual({ state: 'created' })
    await expect(keep('second')).resolves.toEqual({ state: 'updated' })
    const kept = running
      .record()
      .comments.filter(({ issue, body }) => issue === 31 && body.startsWith('<!--'))
    expect(kept).toMatchObject([{ body: '<!-- sluice:gate -->\nsecond' }])
  })

  test('are not kept for a job that may only read', async () => {
    const { GITHUB_TOKEN = '' } = await running.forJob(job({ issues: 'read' }, { key: 'reads' }), run)
    const rest = createRest(fetch, all['GITHUB_API_URL'] ?? '', GITHUB_TOKEN)
    await expect(keepComment(rest, REPOSITORY, 32, '<!-- m -->', 'x')).resolves.toMatchObject({
      state: 'refused',
      status: 403,
    })
  })
})

describe('checks', () => {
  const annotation = {
    path: 'sluice.yaml',
    start_line: 1,
    end_line: 1,
    annotation_level: 'failure',
    message: 'no',
  }
  const create = async (more: object = {}) =>
    await ask(all, 'POST', `${repo}/check-runs`, { name: 'gate', head_sha: SHA, ...more })

  test('collect annotations of several updates, 50 at a time', async () => {
    const { body } = await create({ status: 'in_progress' })
    const annotations = Array.from({ length: 50 }, () => annotation)
    const output = { title: 'gate', summary: 's', annotations }
    await ask(all, 'PATCH', `${repo}/check-runs/${body.id}`, { output })
    const done = await ask(all, 'PATCH', `${repo}/check-runs/${body.id}`, { output, conclusion: 'failure' })
    expect(done.body).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { annotations_count: 100 },
    })
    const shown = await ask(all, 'GET', `${repo}/check-runs/${body.id}/annotations?per_page=100`)
    expect(shown.body).toHaveLength(100)
  })

  test('refuse 51 annotations, and stay as they were', async () => {
    const { body } = await create()
    const annotations = Array.from({ length: 51 }, () => annotation)
    const output = { title: 't', summary: 's', annotations }
    const refused = await ask(all, 'PATCH', `${repo}/check-runs/${body.id}`, { name: 'other', output })
    expect(refused.status).toBe(422)
    expect((await ask(all, 'GET', `${repo}/check-runs/${body.id}`)).body).toMatchObject({
      name: 'gate',
      output: { annotations_count: 0 },
    })
  })

  test.each<[string, object]>([
    ['a conclusion that there is not', { conclusion: 'perfect' }],
    ['completed without a conclusion', { status: 'completed' }],
    ['an output without a summary', { output: { title: 't' } }],
    ['an output that is null', { output: null }],
    [
      'an annotation that ends before it starts',
      { output: { title: 't', summary: 's', annotations: [{ ...annotation, end_line: 0 }] } },
    ],
    ['an annotation that is null', { output: { title: 't', summary: 's', annotations: [null] } }],
    ['a short commit', { head_sha: 'abc' }],
  ])('refuse %s', async (_what, more) => {
    expect((await create(more)).status).toBe(422)
  })
})

describe('deployments', () => {
  test('are made with statuses, newest first', async () => {
    const { body } = await ask(all, 'POST', `${repo}/deployments`, { ref: 'main', environment: 'staging' })
    for (const state of ['in_progress', 'success'])
      await ask(all, 'POST', `${repo}/deployments/${body.id}/statuses`, { state })
    const statuses = await ask(all, 'GET', `${repo}/deployments/${body.id}/statuses`)
    expect(statuses.body.map(({ state }: { state: string }) => state)).toEqual(['success', 'in_progress'])
    const listed = await ask(all, 'GET', `${repo}/deployments?environment=staging`)
    expect(listed.body).toHaveLength(1)
    const none = await ask(all, 'GET', `${repo}/deployments?environment=prod`)
    expect(none.body).toHaveLength(0)
  })

  test('of a job with an environment come by themselves and end with it', async () => {
    const environment = { name: 'prod', url: 'https://prod.example' }
    await running.forJob(job({}, { key: 'deploy', environment }), run)
    running.jobEnded('deploy', 'failure')
    expect(running.record().deployments.at(-1)).toMatchObject({
      environment: 'prod',
      sha: SHA,
      statuses: [{ state: 'in_progress', environmentUrl: 'https://prod.example' }, { state: 'failure' }],
    })
  })

  test('refuse a state that there is not', async () => {
    const { body } = await ask(all, 'POST', `${repo}/deployments`, { ref: 'main' })
    expect(
      (await ask(all, 'POST', `${repo}/deployments/${body.id}/statuses`, { state: 'great' })).status,
    ).toBe(422)
  })
})

describe('attestations', () => {
  const bundle = (digests: readonly string[], predicateType = 'https://slsa.dev/provenance/v1') => {
    const subject = digests.map((sha256) => ({ name: 'model', digest: { sha256 } }))
    const payload = Buffer.from(JSON.stringify({ subject, predicateType })).toString('base64')
    return { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: { payload } }
  }
  const store = async (value: unknown) =>
    (await ask(all, 'POST', `${repo}/attestations`, { bundle: value })).status

  test('are found by the digest of each subject, and by predicate type', async () => {
    const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
    expect(await store(bundle([one, two]))).toBe(201)
    expect(await store(bundle([two], 'https://example.com/other'))).toBe(201)
    const at = (digest: string, query = '') =>
      ask(all, 'GET', `${repo}/attestations/sha256:${digest}${query}`)
    expect((await at(one)).body.attestations).toHaveLength(1)
    expect((await at(two)).body.attestations).toHaveLength(2)
    const only = await at(two, `?predicate_type=${encodeURIComponent('https://example.com/other')}`)
    expect(only.body.attestations).toMatchObject([{ bundle: bundle([two], 'https://example.com/other') }])
    expect((await at('3'.repeat(64))).status).toBe(404)
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a bundle without envelope', { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }],
    ['a bundle about nothing', bundle([])],
    ['a bundle about what is no digest', bundle(['../../x'])],
    ['1025 subjects', bundle(Array.from({ length: 1025 }, () => 'a'.repeat(64)))],
  ])('are refused for %s', async (_what, value) => {
    expect(await store(value)).toBe(422)
  })
})

describe('contents', () => {
  const contents = `${repo}/contents`
  beforeAll(async () => {
    await mkdir(join(running.folder, 'docs'))
    await mkdir(join(running.folder, '.git'))
    await writeFile(join(running.folder, 'sluice.yaml'), 'model: {}\n')
    await writeFile(join(running.folder, 'docs/a b.md'), 'hello')
    await writeFile(join(running.folder, '.git/config'), 'token')
    await symlink('/etc/passwd', join(running.folder, 'outside'))
    await symlink('..', join(running.folder, 'up'))
    await symlink('.git', join(running.folder, 'git'))
  })

  test('give a file with git’s own hash of it', async () => {
    const { body } = await ask(all, 'GET', `${contents}/sluice.yaml?ref=${SHA}`)
    // `printf 'model: {}\n' | git hash-object --stdin`
    expect(body).toMatchObject({ path: 'sluice.yaml', sha: '1b40f72774547eae274653df202cccc5868ad74c' })
    expect(Buffer.from(body.content, 'base64').toString()).toBe('model: {}\n')
  })

  test('give a file raw, and a folder as a list', async () => {
    const raw = await ask(all, 'GET', `${contents}/docs/a%20b.md`, undefined, {
      accept: 'application/vnd.github.raw+json',
    })
    expect(raw.body).toBe('hello')
    expect((await ask(all, 'GET', `${contents}/docs`)).body).toMatchObject([
      { type: 'file', path: 'docs/a b.md' },
    ])
  })

  test.each([
    'outside',
    'up/x',
    'up',
    'git/config',
    '.git/config',
    '..%2F..%2Fetc%2Fpasswd',
    '%2e%2e/%2e%2e/etc/passwd',
    '%2Fetc%2Fpasswd',
    'docs/..%2f..%2f..%2fetc/passwd',
    'a%00b',
    'none.md',
  ])('do not give %s', async (path) => {
    const answer = await ask(all, 'GET', `${contents}/${path}`)
    expect([404, 501]).toContain(answer.status)
    expect(JSON.stringify(answer.body)).not.toMatch(/root:|token/)
  })

  test('of another commit are those that git has, not those of the checkout', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-contents-')))
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      }).trim()
    git('init', '-q')
    await writeFile(join(folder, 'sluice.yaml'), 'model: {}\n')
    git('add', '.')
    git('commit', '-q', '-m', 'first')
    const commit = git('rev-parse', 'HEAD')
    await cp(join(folder, '.git'), join(running.folder, '.git'), { recursive: true, force: true })
    await writeFile(join(running.folder, 'sluice.yaml'), 'changed: {}\n')
    const found = await ask(all, 'GET', `${contents}/sluice.yaml?ref=${commit}`)
    await rm(folder, { recursive: true })
    expect(found.body).toMatchObject({ path: 'sluice.yaml', sha: '1b40f72774547eae274653df202cccc5868ad74c' })
    expect((await ask(all, 'GET', `${contents}/none.md?ref=${commit}`)).status).toBe(404)
    expect((await ask(all, 'GET', `${contents}/sluice.yaml?ref=${'f'.repeat(40)}`)).status).toBe(404)
  })

  test('of another branch are refused by name', async () => {
    expect(await ask(all, 'GET', `${contents}/sluice.yaml?ref=other`)).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('serves commits alone') },
    })
  })
})
