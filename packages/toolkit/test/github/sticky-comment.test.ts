import { expect, test } from 'vitest'
import type { Rest } from '../../src/github/rest.js'
import { commentMarker, keepComment, pullRequestOf } from '../../src/github/sticky-comment.js'

interface Comment {
  id: number
  body: string
  user: { login: string; type: string }
}

/** GitHub's comments of one pull request, in memory. */
function fakeRest(comments: Comment[], login?: string) {
  const calls: string[] = []
  const rest: Pick<Rest, 'request'> = {
    async request(method, path, body) {
      calls.push(`${method} ${path}`)
      if (path === '/user') return login ? { status: 200, body: { login } } : { status: 403, body: {} }
      if (method !== 'GET') return { status: method === 'POST' ? 201 : 200, body }
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1])
      return { status: 200, body: comments.slice((page - 1) * 100, page * 100) }
    },
  }
  return { rest, calls }
}

const bot = { login: 'github-actions[bot]', type: 'Bot' }
const marker = commentMarker('pin-check', '.')
const others = (count: number): Comment[] =>
  Array.from({ length: count }, (_, id) => ({ id, body: 'hello', user: { login: 'someone', type: 'User' } }))

test('the first comment is made', async () => {
  const { rest, calls } = fakeRest(others(100))
  expect(await keepComment(rest, 'o/r', 5, marker, 'text')).toEqual({ state: 'created' })
  expect(calls).toEqual([
    'GET /repos/o/r/issues/5/comments?per_page=100&page=1',
    'GET /repos/o/r/issues/5/comments?per_page=100&page=2',
    'POST /repos/o/r/issues/5/comments',
  ])
})

test('the comment on the third page is found and updated in place', async () => {
  const { rest, calls } = fakeRest([...others(250), { id: 999, body: `${marker}\nold`, user: bot }])
  expect(await keepComment(rest, 'o/r', 5, marker, 'text')).toEqual({ state: 'updated' })
  expect(calls.at(-1)).toBe('PATCH /repos/o/r/issues/comments/999')
})

test('a comment that somebody else began with the marker, or that quotes it, is not ours', async () => {
  const { rest, calls } = fakeRest(
    [
      { id: 1, body: `${marker}\nfake`, user: { login: 'mallory', type: 'User' } },
      { id: 2, body: `> ${marker}`, user: bot },
    ],
    'release-robot',
  )
  await keepComment(rest, 'o/r', 5, marker, 'text')
  expect(calls.at(-1)).toBe('POST /repos/o/r/issues/5/comments')
})

test("a person's token finds that person's comment", async () => {
  const { rest, calls } = fakeRest(
    [{ id: 3, body: `${marker}\nold`, user: { login: 'ann', type: 'User' } }],
    'ann',
  )
  await keepComment(rest, 'o/r', 5, marker, 'text')
  expect(calls.at(-1)).toBe('PATCH /repos/o/r/issues/comments/3')
})

test('a marker names action and folder, and cannot be closed by either', () => {
  expect(marker).toBe('<!-- sluice:pin-check -->')
  const folder = commentMarker('pin-check', 'a/--> <img>')
  expect(folder.slice(4, -4)).not.toMatch(/--|>/)
})

test('only events about a pull request have its number', () => {
  const run = (event: unknown) =>
    pullRequestOf({ kind: 'github', event } as Parameters<typeof pullRequestOf>[0])
  expect(run({ pull_request: { number: 5 } })).toBe(5)
  expect(run({ issue: { number: 6, pull_request: {} } })).toBe(6)
  expect(run({ issue: { number: 6 } })).toBeUndefined()
  expect(run({ pull_request: { number: '5/../../x' } })).toBeUndefined()
  expect(run(null)).toBeUndefined()
})
