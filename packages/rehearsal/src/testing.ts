import { type Claims, createIssuer, GITHUB_ISSUER } from './oidc/issuer.js'
import { startProvider } from './oidc/provider.js'
import { type Sigstore, type SigstoreOptions, startSigstore as start } from './sigstore/start-sigstore.js'

/** A private Sigstore with an OIDC provider of its own, whose tokens say whatever a test wants. */
export interface LocalSigstore extends Sigstore {
  /** Base URL of all its services. */
  readonly url: string
  /** A token of its OIDC provider. */
  identityToken(claims: Claims): Promise<string>
  /** The token that a job gets which asks `ACTIONS_ID_TOKEN_REQUEST_URL` with `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  jobEnvironment(claims: Claims): Readonly<Record<string, string>>
}

/** Starts it; tokens are GitHub's by their word. */
export async function startSigstore(options: Omit<SigstoreOptions, 'issuer'> = {}): Promise<LocalSigstore> {
  await using stack = new AsyncDisposableStack()
  const issuer = await createIssuer()
  const provider = stack.use(await startProvider(issuer))
  const { jwksUri } = provider
  const sigstore = stack.use(
    await start({ ...options, issuer: { issuer: issuer.iss, jwksUri, serverUrl: 'https://github.com' } }),
  )
  const running = stack.move()
  return {
    ...sigstore,
    url: sigstore.fulcioUrl,
    identityToken: (claims) => issuer.sign(claims),
    jobEnvironment: (claims) => provider.admit(claims),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Claims of a job at GitHub, complete enough for Fulcio and for provenance. */
export function githubClaims(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const repository = more['repository'] ?? 'acme/flight-delays'
  const workflow = `${repository}/.github/workflows/release.yml@refs/heads/main`
  return {
    iss: GITHUB_ISSUER,
    sub: `repo:${repository}:ref:refs/heads/main`,
    aud: 'sigstore',
    repository,
    repository_id: '1001',
    repository_owner: repository.split('/')[0] ?? '',
    repository_owner_id: '42',
    repository_visibility: 'private',
    sha: '0123456789abcdef0123456789abcdef01234567',
    ref: 'refs/heads/main',
    event_name: 'push',
    workflow_ref: workflow,
    workflow_sha: '0123456789abcdef0123456789abcdef01234567',
    job_workflow_ref: workflow,
    job_workflow_sha: '0123456789abcdef0123456789abcdef01234567',
    runner_environment: 'github-hosted',
    run_id: '77',
    run_attempt: '1',
    ...more,
  }
}
