import { randomBytes, randomUUID } from 'node:crypto'
import { bearerOf, HttpFault, json, type Loopback, startLoopback } from '../server/loopback.js'
import type { Claims, Issuer } from './issuer.js'

const DAY = 24 * 60 * 60 * 1000
const AUDIENCE_LIMIT = 1024

/** The OIDC provider that jobs ask for tokens, and relying parties for its key. */
export interface Provider extends Loopback {
  readonly issuer: Issuer
  /** Where the public key is. */
  readonly jwksUri: string
  /** Variables for a job that may ask (`id-token: write`); they end with `revoke` or after 24 hours. */
  admit(claims: Claims): Readonly<Record<string, string>>
  /** The job has ended: its request token gives nothing any more. */
  revoke(variables: Readonly<Record<string, string>>): void
}

/**
 * Starts discovery, JWKS and GitHub's token endpoint. Tokens say `iss` of the issuer, which policies name, while all
 * of this is served on loopback: whoever checks them is told both.
 */
export async function startProvider(issuer: Issuer): Promise<Provider> {
  const admitted = new Map<string, { readonly claims: Claims; readonly until: number }>()
  const server = await startLoopback(async (call) => {
    if (call.method !== 'GET') throw new HttpFault(405, 'Only GET is answered here')
    switch (call.url.pathname) {
      case '/.well-known/openid-configuration':
        return json(200, discovery(server.url, issuer))
      case '/.well-known/jwks':
        return json(200, issuer.jwks)
      case '/idtoken': {
        const job = admitted.get(bearerOf(call) ?? '')
        if (job === undefined || job.until < Date.now()) throw new HttpFault(401, 'Unauthorized')
        const given = call.url.searchParams.getAll('audience')
        const audience = given[0] ?? `https://github.com/${job.claims['repository_owner']}`
        if (given.length > 1 || audience === '' || audience.length > AUDIENCE_LIMIT)
          throw new HttpFault(400, 'One audience is expected')
        return json(200, { value: await issuer.sign({ ...job.claims, aud: audience, jti: randomUUID() }) })
      }
      default:
        throw new HttpFault(404, 'Not Found')
    }
  })
  return {
    url: server.url,
    issuer,
    jwksUri: `${server.url}/.well-known/jwks`,
    admit(claims) {
      const token = randomBytes(24).toString('base64url')
      admitted.set(token, { claims, until: Date.now() + DAY })
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/idtoken?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      }
    },
    revoke: ({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: token = '' }) => void admitted.delete(token),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function discovery(url: string, issuer: Issuer) {
  return {
    issuer: issuer.iss,
    jwks_uri: `${url}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['ES256'],
    scopes_supported: ['openid'],
    claims_supported: [
      'sub',
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'ref',
      'sha',
      'repository',
      'job_workflow_ref',
    ],
  }
}
