import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packArtifacts, readArtifact } from '../../src/rehearse/given-artifact.js'
import { ask, job, REPOSITORY, run, SHA, services } from '../facts.js'

const repo = `/repos/${REPOSITORY}`
let folder: string
let running: Awaited<ReturnType<typeof services>>
let all: Readonly<Record<string, string>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-earlier-'))
  await writeFile(join(folder, 'champion.csv'), 'id,score\n1,0.5\n')
  const given = readArtifact('release.yml:predictions', 'champion.csv', folder)
  running = await services({ earlier: await packArtifacts([given], join(folder, 'packed')) })
  all = await running.forJob(job({ contents: 'read', actions: 'read' }), run)
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('an earlier run of the default branch is found by its workflow, and by no other branch', async () => {
  const runs = `${repo}/actions/workflows/release.yml/runs`
  const { body } = await ask(all, 'GET', `${runs}?branch=main&status=success`)
  expect(body.workflow_runs).toMatchObject([
    {
      event: 'push',
      conclusion: 'success',
      head_branch: 'main',
      head_sha: SHA,
      head_repository: { id: 1296269 },
    },
  ])
  expect((await ask(all, 'GET', `${runs}?branch=other`)).body).toMatchObject({ total_count: 0 })
  expect((await ask(all, 'GET', runs.replace('release', 'nightly'))).status).toBe(404)
  expect((await ask(all, 'GET', `${repo}/branches/main`)).body).toMatchObject({ commit: { sha: SHA } })
  expect((await ask(all, 'GET', `${repo}/branches/other`)).status).toBe(404)
})

test('its artifact is downloaded from another server, which takes no token', async () => {
  const [found] = (await ask(all, 'GET', `${repo}/actions/workflows/release.yml/runs`)).body.workflow_runs
  const list = `${repo}/actions/runs/${found.id}/artifacts`
  expect((await ask(all, 'GET', `${list}?name=other`)).body).toMatchObject({ total_count: 0 })
  const [artifact] = (await ask(all, 'GET', `${list}?name=predictions`)).body.artifacts
  const authorization = `Bearer ${all['GITHUB_TOKEN']}`
  const zip = `${all['GITHUB_API_URL']}${repo}/actions/artifacts/${artifact.id}/zip`
  const redirect = await fetch(zip, { headers: { authorization }, redirect: 'manual' })
  const location = redirect.headers.get('location') ?? ''
  expect(new URL(location).origin).not.toBe(all['GITHUB_API_URL'])
  expect((await fetch(location, { headers: { authorization } })).status).toBe(400)
  const bytes = Buffer.from(await (await fetch(location)).arrayBuffer())
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(artifact.digest)
  expect(bytes.length).toBe(artifact.size_in_bytes)
})

test('runs and artifacts are for jobs that may read actions', async () => {
  const none = await running.forJob(job({ contents: 'read' }), run)
  expect((await ask(none, 'GET', `${repo}/actions/workflows/release.yml/runs`)).status).toBe(403)
})

describe('an artifact that is given', () => {
  test.each(['release:predictions', 'release.yml', 'a/b.yml:x', 'release.yml:a/b'])(
    'as %s is refused',
    (name) => {
      expect(() => readArtifact(name, 'x', folder)).toThrow(
        expect.objectContaining({ code: 'REHEARSAL_ARTIFACT_INVALID' }),
      )
    },
  )

  test('and is not there is refused', async () => {
    const given = readArtifact('release.yml:x', 'none', folder)
    await expect(packArtifacts([given], join(folder, 'none-packed'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })
})
