import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServices } from '../../src/services.js'
import { ask, job, REPOSITORY, run, SHA, services } from '../facts.js'

let running: RunningServices
beforeAll(async () => {
  running = await services()
})
afterAll(() => running[Symbol.asyncDispose]())

const repo = `/repos/${REPOSITORY}`
const bundle = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  dsseEnvelope: {
    payload: Buffer.from(
      JSON.stringify({
        subject: [{ name: 'm', digest: { sha256: 'ab'.repeat(32) } }],
        predicateType: 'https://x',
      }),
    ).toString('base64'),
  },
}

/** A request, the permission that it needs, and what it answers when it is granted. */
const ROUTES: [
  method: string,
  path: string,
  body: unknown,
  needs: Record<string, 'read' | 'write'>,
  status: number,
][] = [
  ['GET', `${repo}/issues/7/comments`, undefined, { issues: 'read' }, 200],
  ['GET', `${repo}/issues/7/comments`, undefined, { 'pull-requests': 'read' }, 200],
  ['POST', `${repo}/issues/7/comments`, { body: 'x' }, { 'pull-requests': 'write' }, 201],
  ['POST', `${repo}/issues/7/comments`, { body: 'x' }, { issues: 'write' }, 201],
  ['GET', `${repo}/issues/comments/1`, undefined, { issues: 'read' }, 404],
  ['GET', `${repo}/issues/comments/1`, undefined, { 'pull-requests': 'read' }, 404],
  ['PATCH', `${repo}/issues/comments/1`, { body: 'x' }, { 'pull-requests': 'write' }, 404],
  ['DELETE', `${repo}/issues/comments/1`, undefined, { 'pull-requests': 'write' }, 404],
  ['POST', `${repo}/check-runs`, { name: 'gate', head_sha: SHA }, { checks: 'write' }, 201],
  ['PATCH', `${repo}/check-runs/1`, {}, { checks: 'write' }, 404],
  ['GET', `${repo}/check-runs/1`, undefined, { checks: 'read' }, 404],
  ['GET', `${repo}/check-runs/1/annotations`, undefined, { checks: 'read' }, 404],
  ['GET', `${repo}/commits/${SHA}/check-runs`, undefined, { checks: 'read' }, 200],
  ['POST', `${repo}/deployments`, { ref: 'main' }, { deployments: 'write' }, 201],
  ['GET', `${repo}/deployments`, undefined, { deployments: 'read' }, 200],
  ['GET', `${repo}/deployments/1`, undefined, { deployments: 'read' }, 404],
  ['GET', `${repo}/deployments/1/statuses`, undefined, { deployments: 'read' }, 404],
  ['POST', `${repo}/deployments/1/statuses`, { state: 'success' }, { deployments: 'write' }, 404],
  ['GET', `${repo}/environments`, undefined, { actions: 'read' }, 200],
  ['GET', `${repo}/environments/none`, undefined, { actions: 'read' }, 404],
  ['GET', `${repo}/actions/runs/${run.runId}/pending_deployments`, undefined, { actions: 'read' }, 200],
  ['GET', `${repo}/actions/runs/${run.runId}/approvals`, undefined, { actions: 'read' }, 200],
  ['POST', `${repo}/attestations`, { bundle }, { attestations: 'write' }, 201],
  ['GET', `${repo}/attestations/sha256:${'0'.repeat(64)}`, undefined, { attestations: 'read' }, 404],
  ['GET', `${repo}/contents/none`, undefined, { contents: 'read' }, 404],
]

describe.each(ROUTES)('%s %s', (method, path, body, needs, status) => {
  const [[key = '', level] = []] = Object.entries(needs)

  test(`answers with ${key}: ${level}`, async () => {
    expect((await ask(await running.forJob(job(needs), run), method, path, body)).status).toBe(status)
  })

  test('is refused to a job that has every other permission', async () => {
    const others = Object.fromEntries(
      ['actions', 'attestations', 'checks', 'contents', 'deployments', 'id-token', 'packages', 'statuses']
        .filter((other) => other !== key)
        .map((other) => [other, 'write' as const]),
    )
    const answer = await ask(await running.forJob(job(others), run), method, path, body)
    expect(answer).toMatchObject({ status: 403, body: { message: 'Resource not accessible by integration' } })
    expect(answer.headers.get('x-accepted-github-permissions')).toContain(
      `${key.replaceAll('-', '_')}=${level}`,
    )
    expect(running.record().refused.at(-1)).toMatchObject({
      job: 'release/sign',
      request: `${method} ${path}`,
      needed: expect.stringContaining(`${key}:${level}`),
    })
  })

  test('is refused where the permission is none, or less than is needed', async () => {
    for (const given of level === 'write' ? (['none', 'read'] as const) : (['none'] as const)) {
      const variables = await running.forJob(job({ [key]: given }), run)
      expect((await ask(variables, method, path, body)).status).toBe(403)
    }
  })

  test('needs a token that is known', async () => {
    const { GITHUB_API_URL } = await running.forJob(job(needs), run)
    for (const GITHUB_TOKEN of ['ghs_guess', '']) {
      expect(
        (await ask({ GITHUB_API_URL: GITHUB_API_URL ?? '', GITHUB_TOKEN }, method, path, body)).status,
      ).toBe(401)
    }
  })
})

test('write holds read', async () => {
  const variables = await running.forJob(job({ checks: 'write' }), run)
  expect((await ask(variables, 'GET', `${repo}/commits/${SHA}/check-runs`)).status).toBe(200)
})

test('another repository might as well not be there', async () => {
  const variables = await running.forJob(job({ issues: 'write' }), run)
  const path = '/repos/octo-org/secret/issues/1/comments'
  expect((await ask(variables, 'POST', path, { body: 'x' })).status).toBe(404)
  expect(running.record().comments.map(({ issue }) => issue)).not.toContain(1)
})

test('a job’s token ends with the job, the others’ go on', async () => {
  const ended = await running.forJob(job({ issues: 'read' }, { key: 'first' }), run)
  const other = await running.forJob(job({ issues: 'read' }, { key: 'second' }), run)
  running.jobEnded('first', 'success')
  expect((await ask(ended, 'GET', `${repo}/issues/7/comments`)).status).toBe(401)
  expect((await ask(other, 'GET', `${repo}/issues/7/comments`)).status).toBe(200)
})

test('what is not known is refused by name, and on record', async () => {
  const variables = await running.forJob(job({ contents: 'write' }), run)
  const answer = await ask(variables, 'POST', `${repo}/releases`, {})
  expect(answer).toMatchObject({
    status: 501,
    body: { message: expect.stringContaining(`POST ${repo}/releases`) },
  })
  expect(running.record().unknown).toContain(`POST ${repo}/releases`)
})

test('a job is nobody, a reviewer is somebody', async () => {
  const variables = await running.forJob(job({ contents: 'write' }), run)
  expect((await ask(variables, 'GET', '/user')).status).toBe(403)
  const reviewer = { ...variables, GITHUB_TOKEN: running.reviewerToken }
  expect((await ask(reviewer, 'GET', '/user')).body).toMatchObject({ login: 'octocat' })
  expect((await ask(variables, 'GET', '/installation/repositories')).body).toMatchObject({
    repositories: [{ full_name: REPOSITORY }],
  })
})

test('a request for another host is not answered', async () => {
  const { request } = await import('node:http')
  const { GITHUB_API_URL = '' } = await running.forJob(job({}), run)
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${GITHUB_API_URL}/user`, { headers: { host: 'evil.example' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
  expect(status).toBe(421)
})
