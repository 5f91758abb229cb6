import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlannedJob, RunFacts } from '@sluice/rehearsal'
import { type RunningServices, type Sigstore, startServices, startSigstore } from '@sluice/rehearsal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRunner } from './rig.js'

const REUSABLE = 'sluice-ci/sluice/.github/workflows/model-release.yml@refs/tags/v0.1.0'
const IDENTITY = `https://github.com/${REUSABLE}`
const REPOSITORY = 'https://github.com/octo-org/flight-delays'
const PROVENANCE = 'https://slsa.dev/provenance/v1'

/** The run that the rig's variables speak of. */
const run: RunFacts = {
  repository: 'octo-org/flight-delays',
  runId: '4242',
  runAttempt: '1',
  sha: '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a',
  ref: 'refs/heads/main',
  event: 'push',
  actor: 'octocat',
  workflow: '.github/workflows/release.yml',
}

function job(permissions: PlannedJob['permissions'], more: Partial<PlannedJob['home']> = {}): PlannedJob {
  return {
    key: 'release/sign',
    name: 'release / sign',
    id: 'sign',
    steps: [],
    env: {},
    defaults: {},
    permissions,
    outputs: {},
    timeoutMinutes: 10,
    continueOnError: false,
    home: {
      folder: '/nowhere',
      repository: 'sluice-ci/sluice',
      sha: 'a'.repeat(40),
      ref: 'refs/tags/v0.1.0',
      workflow: '.github/workflows/model-release.yml',
      ...more,
    },
    place: { file: '.github/workflows/model-release.yml', line: 1 },
  }
}

let folder: string
let services: RunningServices
let sigstore: Sigstore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-services-'))
  services = await startServices({
    approve: [],
    run,
    repository: { id: '1296269', ownerId: '9919', actorId: '583231', visibility: 'private' },
    checkout: folder,
    folder,
  })
  sigstore = await startSigstore({ issuer: services.issuer })
})
afterAll(async () => {
  await sigstore[Symbol.asyncDispose]()
  await services[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const workplace = () =>
  startRunner({
    'model/config.json': '{"layers": 2}',
    'model/weights.bin': 'weights',
    'root.json': sigstore.trustedRoot,
  })

const signing = (more: Record<string, string> = {}) => ({
  path: 'model',
  'fulcio-url': sigstore.fulcioUrl,
  'rekor-url': sigstore.rekorUrl,
  'tsa-url': sigstore.tsaUrl,
  'trusted-root': 'root.json',
  ...more,
})

describe('a job with id-token: write', () => {
  test.each(['1', '2'])(
    'signs provenance and model keyless by a log of version %s; verify accepts it by identity',
    async (version) => {
      await using runner = await workplace()
      const env = await services.forJob(job({ 'id-token': 'write' }), run)
      const signed = await runner.run('sign', { inputs: signing({ 'rekor-version': version }), env })
      expect(signed.report?.error).toBeUndefined()
      expect(signed).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
      const verify = (more: Record<string, string>) =>
        runner.run('verify', {
          inputs: {
            path: 'model',
            'trusted-root': 'root.json',
            identity: IDENTITY,
            repository: REPOSITORY,
            ...more,
          },
        })
      await expect(verify({})).resolves.toMatchObject({ code: 0 })
      await expect(verify({ 'predicate-types': PROVENANCE })).resolves.toMatchObject({ code: 0 })
      await expect(
        verify({ identity: IDENTITY.replace('model-release', 'model-pr') }),
      ).resolves.toMatchObject({
        code: 1,
      })
      await expect(verify({ repository: `${REPOSITORY}-fork` })).resolves.toMatchObject({ code: 1 })
    },
  )

  test('of another repository’s run does not sign for this one', async () => {
    await using runner = await workplace()
    const env = await services.forJob(job({ 'id-token': 'write' }), {
      ...run,
      repository: 'evil/flight-delays',
    })
    const inputs = signing({ predicates: 'model-signature' })
    await expect(runner.run('sign', { inputs, env })).resolves.toMatchObject({ code: 0 })
    const verified = await runner.run('verify', {
      inputs: { path: 'model', 'trusted-root': 'root.json', identity: IDENTITY, repository: REPOSITORY },
    })
    expect(verified).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
  })
})

test('a job without id-token: write cannot sign, and nothing is logged', async () => {
  await using runner = await workplace()
  const before = sigstore.logged()
  const env = await services.forJob(job({ contents: 'write', packages: 'write', attestations: 'write' }), run)
  const step = await runner.run('sign', { inputs: signing(), env })
  expect(step.code).toBe(2)
  expect(step.report.error).toMatchObject({
    code: 'OIDC_TOKEN_UNAVAILABLE',
    remedy: expect.stringContaining('id-token: write'),
  })
  expect(sigstore.logged()).toBe(before)
})

test('a job that has ended signs no more', async () => {
  await using runner = await workplace()
  const env = await services.forJob(job({ 'id-token': 'write' }), run)
  services.jobEnded('release/sign', 'success')
  const step = await runner.run('sign', { inputs: signing(), env })
  expect(step.report.error).toMatchObject({ code: 'OIDC_TOKEN_UNAVAILABLE' })
})

test('pin-check keeps its comment where pull requests may be written, and says why where not', async () => {
  await using runner = await startRunner({ Dockerfile: 'FROM python:3.13\n' })
  const event = { pull_request: { number: 7 } }
  const comment = async (permissions: PlannedJob['permissions']) => {
    const env = await services.forJob(job(permissions), run)
    const inputs = { comment: 'true', 'github-token': env['GITHUB_TOKEN'] ?? '' }
    return await runner.run('pin-check', {
      inputs,
      env: { ...env, GITHUB_EVENT_NAME: 'pull_request' },
      event,
    })
  }
  await comment({ 'pull-requests': 'read' })
  expect(services.record().comments).toEqual([])
  expect(services.record().refused.at(-1)).toMatchObject({ needed: 'issues:write or pull-requests:write' })
  for (let time = 0; time < 2; time++) await comment({ 'pull-requests': 'write' })
  expect(services.record().comments).toMatchObject([
    { issue: 7, author: 'github-actions[bot]', body: expect.stringContaining('python:3.13') },
  ])
})
