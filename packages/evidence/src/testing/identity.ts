import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { proofSubject } from '../sign/identity-token.js'

/** Fulcio's extension number by GitHub claim (fulcio docs/oid-info.md); `true` marks URLs below the server. */
const EXTENSIONS: Record<string, readonly [number: number, below?: true]> = {
  job_workflow_ref: [9, true],
  job_workflow_sha: [10],
  runner_environment: [11],
  repository: [12, true],
  sha: [13],
  ref: [14],
  repository_id: [15],
  repository_owner: [16, true],
  repository_owner_id: [17],
  workflow_ref: [18, true],
  workflow_sha: [19],
  event_name: [20],
  repository_visibility: [22],
}
const GITHUB = 'https://github.com'

export type Claims = Readonly<Record<string, string>>

/** An OIDC provider of its own, and Fulcio's reading of its tokens. */
export class Identities {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  /** A JWT (ES256) with these claims; `iss` and `sub` are needed. */
  token(claims: Claims): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const head = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}`
    const key = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' } as const
    return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`
  }

  /**
   * What a certificate is to say, from a request for one: the token must be of this provider, and the proof must be
   * by the key. @throws Error as Fulcio refuses
   * @param bearer the token from the header `authorization`, which sigstore-go sends in place of `credentials`
   */
  certifiable(
    request: string,
    bearer?: string,
  ): {
    readonly publicKey: Buffer
    readonly identity: string
    readonly extensions: { oid: string; value: string; legacy?: boolean }[]
  } {
    const { credentials, publicKeyRequest } = JSON.parse(request) as {
      credentials?: { oidcIdentityToken: string }
      publicKeyRequest: { publicKey: { content: string }; proofOfPossession: string }
    }
    const claims = this.#verified(credentials?.oidcIdentityToken ?? bearer ?? '')
    const key = createPublicKey(publicKeyRequest.publicKey.content)
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64')
    const subject = proofSubject({ iss: '', sub: '', ...claims })
    if (!verify('sha256', Buffer.from(subject), key, proof)) throw new Error('the proof is not by the key')
    const workflow = claims['job_workflow_ref']
    return {
      publicKey: key.export({ type: 'spki', format: 'der' }),
      identity: workflow === undefined ? subject : `${GITHUB}/${workflow}`,
      extensions: extensionsOf(claims),
    }
  }

  #verified(token: string): Claims {
    const [head = '', body = '', signature = ''] = token.split('.')
    const key = { key: this.#keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) {
      throw new Error('the token is not of this provider')
    }
    return JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
  }
}

function extensionsOf(claims: Claims) {
  const oid = (number: number) => `1.3.6.1.4.1.57264.1.${number}`
  const extensions: { oid: string; value: string; legacy?: boolean }[] = [
    { oid: oid(1), value: claims['iss'] ?? '', legacy: true },
    { oid: oid(8), value: claims['iss'] ?? '' },
  ]
  for (const [claim, [number, below]] of Object.entries(EXTENSIONS)) {
    const value = claims[claim]
    if (value !== undefined)
      extensions.push({ oid: oid(number), value: below ? `${GITHUB}/${value}` : value })
  }
  const { repository, run_id: run, run_attempt: attempt } = claims
  if (repository && run && attempt) {
    extensions.push({
      oid: oid(21),
      value: `${GITHUB}/${repository}/actions/runs/${run}/attempts/${attempt}`,
    })
  }
  return extensions
}
