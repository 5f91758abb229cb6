import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { claimsOf, identityToken, job, repository, run, services } from '../facts.js'

const signing = { 'id-token': 'write' } as const

test('a job with id-token: write gets a token that verifies by discovery and keys', async () => {
  await using running = await services()
  const { value } = await identityToken(await running.forJob(job(signing), run))
  const { jwksUri, issuer } = running.issuer
  const discovery = await fetch(new URL('/.well-known/openid-configuration', jwksUri))
  await expect(discovery.json()).resolves.toMatchObject({ issuer, jwks_uri: jwksUri })
  const { payload } = await jwtVerify(value, createRemoteJWKSet(new URL(jwksUri)), {
    issuer,
    audience: 'sigstore',
  })
  expect(payload).toMatchObject({
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:octo-org@9919/flight-delays@1296269:ref:refs/heads/main',
    repository: 'octo-org/flight-delays',
    repository_id: '1296269',
    repository_owner: 'octo-org',
    repository_owner_id: '9919',
    repository_visibility: 'private',
    workflow_ref: 'octo-org/flight-delays/.github/workflows/release.yml@refs/heads/main',
    workflow_sha: run.sha,
    job_workflow_ref: 'sluice-ci/sluice/.github/workflows/model-release.yml@refs/tags/v0.1.0',
    job_workflow_sha: 'a'.repeat(40),
    run_id: '4242',
    run_attempt: '1',
    event_name: 'push',
    ref: 'refs/heads/main',
    sha: run.sha,
    runner_environment: 'github-hosted',
    actor: 'octocat',
    actor_id: repository.actorId,
  })
  expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
  expect(payload).not.toHaveProperty('environment')
})

test.each<[string, Parameters<typeof job>[1], Partial<typeof run>, 'names' | 'immutable', string]>([
  ['names alone', {}, {}, 'names', 'repo:octo-org/flight-delays:ref:refs/heads/main'],
  ['a tag', {}, { ref: 'refs/tags/v1' }, 'names', 'repo:octo-org/flight-delays:ref:refs/tags/v1'],
  [
    'an environment before the ref, its colon escaped',
    { environment: { name: 'prod:eu' } },
    {},
    'immutable',
    'repo:octo-org@9919/flight-delays@1296269:environment:prod%3Aeu',
  ],
  ['a pull request', {}, { event: 'pull_request' }, 'names', 'repo:octo-org/flight-delays:pull_request'],
])('the subject says %s', async (_what, more, facts, subject, expected) => {
  await using running = await services({ subject })
  const variables = await running.forJob(job(signing, more), { ...run, ...facts })
  expect(claimsOf((await identityToken(variables)).value)['sub']).toBe(expected)
})

test('a job with an environment says so', async () => {
  await using running = await services()
  const variables = await running.forJob(job(signing, { environment: { name: 'prod' } }), run)
  expect(claimsOf((await identityToken(variables)).value)).toMatchObject({ environment: 'prod' })
})

test.each([{}, { 'id-token': 'none' } as const, { contents: 'write', packages: 'write' } as const])(
  'a job with permissions %j has no variables to ask with',
  async (permissions) => {
    await using running = await services()
    const variables = await running.forJob(job(permissions), run)
    expect(Object.keys(variables).filter((name) => name.startsWith('ACTIONS_ID_TOKEN'))).toEqual([])
  },
)

test('each token is another, for the audience that was asked', async () => {
  await using running = await services()
  const variables = await running.forJob(job(signing), run)
  const [one, two] = [await identityToken(variables), await identityToken(variables, 'https://vault.example')]
  expect(claimsOf(two.value)['aud']).toBe('https://vault.example')
  expect(claimsOf(one.value)['jti']).not.toBe(claimsOf(two.value)['jti'])
  const bare = await fetch(variables['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '', {
    headers: { authorization: `bearer ${variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` },
  })
  const { value } = (await bare.json()) as { value: string }
  expect(claimsOf(value)['aud']).toBe('https://github.com/octo-org')
})

test('without the request token, with another’s kind, or after the job nothing is given', async () => {
  await using running = await services()
  const variables = await running.forJob(job(signing), run)
  for (const token of [
    '',
    'guess',
    variables['GITHUB_TOKEN'] ?? '',
    variables['ACTIONS_RUNTIME_TOKEN'] ?? '',
  ]) {
    const answer = await identityToken({ ...variables, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token })
    expect(answer).toEqual({ status: 401, value: '' })
  }
  running.jobEnded('release/sign', 'success')
  expect((await identityToken(variables)).status).toBe(401)
})

test.each(['&audience=a&audience=b', '&audience=', `&audience=${'x'.repeat(2000)}`])(
  'an audience as in %s is refused',
  async (query) => {
    await using running = await services()
    const variables = await running.forJob(job(signing), run)
    const response = await fetch(`${variables['ACTIONS_ID_TOKEN_REQUEST_URL']}${query}`, {
      headers: { authorization: `Bearer ${variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` },
    })
    expect(response.status).toBe(400)
  },
)

test('nothing listens when the services are gone', async () => {
  const running = await services()
  const variables = await running.forJob(job(signing), run)
  await running[Symbol.asyncDispose]()
  for (const name of ['GITHUB_API_URL', 'ACTIONS_RESULTS_URL', 'ACTIONS_ID_TOKEN_REQUEST_URL'])
    await expect(fetch(variables[name] ?? '')).rejects.toThrow()
})
