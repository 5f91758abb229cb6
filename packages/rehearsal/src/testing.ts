import { type Claims, createIssuer, GITHUB_ISSUER, type Issuer } from './oidc/issuer.js'
import { startProvider } from './oidc/provider.js'
import { json, type Loopback, startLoopback } from './server/loopback.js'

export { MerkleLog } from './sigstore/merkle-log.js'

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

/** An OIDC provider on loopback, discoverable under the address that its tokens name as their issuer. */
export interface LocalProvider extends Loopback {
  /** A token with these claims, by this provider and for Sigstore. */
  identityToken(claims: Claims): Promise<string>
}

/** For relying parties that find keys by discovery, as the real Fulcio does; GitHub's own address is not ours to serve. */
export async function startLocalProvider(): Promise<LocalProvider> {
  let issuer: Issuer | undefined
  const server = await startLoopback(async ({ url: { pathname } }) => {
    if (issuer !== undefined && pathname === '/jwks') return json(200, issuer.jwks)
    if (pathname !== '/.well-known/openid-configuration') return json(404, {})
    return json(200, {
      issuer: server.url,
      jwks_uri: `${server.url}/jwks`,
      // Clients that could ask a person read these, and are given tokens instead.
      authorization_endpoint: `${server.url}/none`,
      token_endpoint: `${server.url}/none`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })
  const running = await createIssuer(server.url)
  issuer = running
  return {
    url: server.url,
    identityToken: (claims) => running.sign({ ...claims, iss: server.url, aud: 'sigstore' }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
