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

/** The API of the server that the run is on; on a person's machine that of GITHUB_API_URL, or github.com's. */
export function githubApi({ run, fetch, variable }: Context, token: string | undefined): GitHubApi {
  const local = run.kind === 'local'
  return {
    apiUrl: local ? (variable('GITHUB_API_URL') ?? 'https://api.github.com') : run.apiUrl,
    repository: local ? undefined : run.repository,
    ...(token === undefined ? {} : { token }),
    fetch,
  }
}
