import { SluiceError } from '@sluice/errors'
import type { Fetch } from '../context.js'
import type { Environment } from './run-context.js'

/**
 * The workflow's OIDC token (docs, OpenID Connect reference: GET `<url>&audience=<audience>` with the job's
 * bearer token).
 * @throws SluiceError OIDC_TOKEN_UNAVAILABLE when the job may not ask, or the answer holds no token
 */
export async function requestIdentityToken(
  env: Environment,
  fetch: Fetch,
  audience: string,
): Promise<string> {
  const address = env['ACTIONS_ID_TOKEN_REQUEST_URL']
  const bearer = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']
  if (!address || !bearer) {
    throw new SluiceError('OIDC_TOKEN_UNAVAILABLE', 'This job may not ask GitHub for an identity token.', {
      remedy: 'Add `permissions: { id-token: write }` to the job, or sign with a key.',
    })
  }
  const url = new URL(address)
  url.searchParams.set('audience', audience)
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
  })
  const value = response.ok ? tokenIn(await response.text()) : undefined
  if (value === undefined) {
    throw new SluiceError(
      'OIDC_TOKEN_UNAVAILABLE',
      `GitHub's token service answered ${response.status} without an identity token.`,
      { remedy: 'Run the job again; the token service may be down.', kind: 'surroundings' },
    )
  }
  return value
}

function tokenIn(body: string): string | undefined {
  try {
    const { value } = JSON.parse(body) as { value?: unknown }
    return typeof value === 'string' && value !== '' ? value : undefined
  } catch {
    return undefined
  }
}
