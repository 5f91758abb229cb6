import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { runBundle, startRunner } from './rig.js'

const WORKFLOW = '.github/workflows/train.yml'
const files = { [WORKFLOW]: 'on: push\njobs:\n  train:\n    steps:\n      - uses: actions/checkout@v6\n' }
const event = { pull_request: { number: 5, head: { sha: 'd'.repeat(40) } } }

interface Comment {
  id: number
  body: string
  user: { login: string; type: string }
}

/** GitHub's comments of one pull request, over HTTP; `writable` as the token's permissions have it. */
async function fakeGitHub(comments: Comment[], writable = true) {
  const authorized: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    authorized.push(request.headers.authorization)
    const url = new URL(request.url ?? '', 'http://api')
    let body = ''
    for await (const chunk of request) body += chunk
    const answer = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (request.method === 'GET' && url.pathname.endsWith('/issues/5/comments')) {
      const page = Number(url.searchParams.get('page'))
      return answer(200, comments.slice((page - 1) * 100, page * 100))
    }
    if (!writable) return answer(403, { message: 'Resource not accessible by integration' })
    const { body: text } = JSON.parse(body) as { body: string }
    if (request.method === 'POST') {
      comments.push({
        id: comments.length + 1,
        body: text,
        user: { login: 'github-actions[bot]', type: 'Bot' },
      })
      return answer(201, {})
    }
    const comment = comments.find(({ id }) => url.pathname.endsWith(`/issues/comments/${id}`))
    if (comment) comment.body = text
    return answer(comment ? 200 : 404, {})
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorized,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const chatter = (count: number): Comment[] =>
  Array.from({ length: count }, (_, id) => ({
    id: id + 1,
    body: 'hello',
    user: { login: 'ann', type: 'User' },
  }))

test('one sticky comment is made, and found again behind a hundred others', async () => {
  const comments = chatter(120)
  await using github = await fakeGitHub(comments)
  const inputs = { comment: 'true', 'github-token': 'ghs_0123456789abcdef' }
  const step = { files, inputs, event, env: { GITHUB_API_URL: github.url } }
  expect((await runBundle('pin-check', step)).code).toBe(1)
  expect(comments).toHaveLength(121)
  expect(comments[120]?.body).toMatch(/^<!-- sluice:pin-check -->\n### ❌ pin-check: fail/)
  expect(comments[120]?.body).toContain('dddddddddddd')

  const mended = {
    ...files,
    [WORKFLOW]: files[WORKFLOW]!.replace('v6', 'de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.0'),
  }
  expect((await runBundle('pin-check', { ...step, files: mended })).code).toBe(0)
  expect(comments).toHaveLength(121)
  expect(comments[120]?.body).toContain('### ✅ pin-check: pass')
  expect(new Set(github.authorized)).toEqual(new Set(['Bearer ghs_0123456789abcdef']))
})

test('a fork, whose token may not comment, is told by the summary, and the verdict stays', async () => {
  await using github = await fakeGitHub([], false)
  const step = await runBundle('pin-check', {
    files,
    event: {
      pull_request: {
        ...event.pull_request,
        head: { ...event.pull_request.head, repo: { full_name: 'stranger/model' } },
      },
    },
    inputs: { comment: 'true', 'github-token': 'ghs_0123456789abcdef' },
    env: { GITHUB_API_URL: github.url },
  })
  expect(step.code).toBe(1)
  expect(step.stdout).toContain('No comment: the token may not write one (403)')
  expect(step.stdout).not.toContain('::warning')
  expect(step.summary).toContain('### ❌ pin-check: fail')
  expect(step.stdout.match(/ghs_0123456789abcdef/g)).toHaveLength(1)
  expect(step.stdout).toContain('::add-mask::ghs_0123456789abcdef')
})

test('what a workflow file holds never becomes a command, markup or a mention', async () => {
  const hostile = 'x/y@v1\\n::error::pwned\\n::add-mask::pass\\u001b[2J @octocat <img src=x> ##[group]'
  const step = await runBundle('pin-check', {
    files: { [WORKFLOW]: `on: push\njobs:\n  train:\n    steps:\n      - uses: "${hostile}"\n` },
  })
  const commands = step.stdout.split(/\r\n|\r|\n/).filter((line) => /^\s*::|##\[/.test(line))
  expect(commands.filter((line) => !/^::(error|warning) (title|file)=/.test(line))).toEqual([])
  expect(step.stdout).not.toContain('\u001b')
  expect(step.summary).not.toMatch(/<img|@octocat/)
})

test('ten annotations at most, and the tenth counts the others', async () => {
  const uses = Array.from({ length: 25 }, (_, n) => `      - uses: actions/tool-${n}@v1\n`).join('')
  const step = await runBundle('pin-check', {
    files: { [WORKFLOW]: `on: push\njobs:\n  train:\n    steps:\n${uses}` },
  })
  const annotations = step.stdout.split('\n').filter((line) => line.startsWith('::error'))
  expect(annotations).toHaveLength(10)
  expect(annotations[9]).toContain('(15 more in the summary)')
})

test('an annotation and the SARIF name the file from the root of the repository', async () => {
  const step = await runBundle('pin-check', {
    files: { [`examples/a/${WORKFLOW}`]: files[WORKFLOW]! },
    inputs: { 'working-directory': 'examples/a' },
  })
  expect(step.code).toBe(1)
  expect(step.stdout).toContain(`file=examples/a/${WORKFLOW},line=5`)
  expect(step.report.findings[0].location.file).toBe(WORKFLOW)
})

test('the same bundle is a command line outside GitHub', async () => {
  await using runner = await startRunner(files)
  const run = await runner.command('pin-check', ['--format', 'json', '--level', 'content-hash'])
  expect(run.code).toBe(1)
  expect(JSON.parse(run.stdout)).toMatchObject({ action: 'pin-check', verdict: 'fail' })
  expect(await runner.command('pin-check', ['--lvel', 'x'])).toMatchObject({ code: 2, stdout: '' })
  expect((await runner.command('pin-check', ['--help'])).stdout).toContain('Usage: sluice pin-check [flags]')
})
