import type { Context, Fetch } from '../context.js'

/** GitHub's API as a run may ask it. */
export interface GitHubApi {
  /** `https://api.github.com`, or that of the server that the environment names. */
  readonly apiUrl: string
  /** `owner/name` of the run's repository; none on a person's machine. */
  readonly repository: string | undefined
  readonly token?: string
  readonly fetch: Fetch
}

/**
 * The API of the server that the run is on; on a person's machine that of GITHUB_API_URL, or github.com's. There GH_TOKEN
 * stands in for a token that was not given, for github.com alone: it is meant for no other server.
 */
export function githubApi({ run, fetch, variable }: Context, given: string | undefined): GitHubApi {
  const server = run.kind === 'local' ? variable('GITHUB_API_URL') : run.apiUrl
  const token = given ?? (server === undefined ? variable('GH_TOKEN') : undefined)
  return {
    apiUrl: server ?? 'https://api.github.com',
    repository: run.kind === 'local' ? undefined : run.repository,
    ...(token === undefined ? {} : { token }),
    fetch,
  }
}
