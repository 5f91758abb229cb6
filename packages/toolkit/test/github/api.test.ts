import { describe, expect, test } from 'vitest'
import { githubApi } from '../../src/index.js'
import { testContext } from '../../src/testing.js'

describe('GitHub’s API', () => {
  test.each<[string, Record<string, string>, string | undefined, object]>([
    ['is github.com’s', {}, undefined, { apiUrl: 'https://api.github.com', repository: undefined }],
    ['takes the token that was given', { GH_TOKEN: 'b' }, 'a', { token: 'a' }],
    ['takes GH_TOKEN where none was', { GH_TOKEN: 'b' }, undefined, { token: 'b' }],
    [
      'is that of another server',
      { GITHUB_API_URL: 'https://ghes/api/v3' },
      'a',
      { apiUrl: 'https://ghes/api/v3', token: 'a' },
    ],
  ])('on a person’s machine %s', async (_what, variables, given, expected) => {
    await using context = await testContext({ variables })
    expect(githubApi(context, given)).toMatchObject(expected)
  })

  test('GH_TOKEN is told to no other server', async () => {
    await using context = await testContext({
      variables: { GH_TOKEN: 'b', GITHUB_API_URL: 'https://ghes/api/v3' },
    })
    expect(githubApi(context, undefined)).not.toHaveProperty('token')
  })

  test('in a workflow run is the run’s, and so is the repository', async () => {
    const run = { kind: 'github', apiUrl: 'https://ghes/api/v3', repository: 'acme/x' } as never
    await using context = await testContext({ run, variables: { GH_TOKEN: 'b' } })
    const api = githubApi(context, undefined)
    expect(api).toMatchObject({ apiUrl: 'https://ghes/api/v3', repository: 'acme/x' })
    expect(api).not.toHaveProperty('token')
  })
})
