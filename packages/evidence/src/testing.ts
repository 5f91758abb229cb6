import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { initializeCA, initializeCTLog, initializeTSA, tsaHandler } from '@sigstore/mock'
import { type Claims, Identities } from './testing/identity.js'
import { MerkleLog } from './testing/merkle-log.js'
import { logV1, logV2 } from './testing/rekor.js'

const BODY_LIMIT = 32 * 1024 * 1024

/** The services, by the path that each answers. */
const SERVICES = { fulcio: '/api/v2/signingCert', rekor: '/log/entries', tsa: '/api/v1/timestamp' } as const
type Answer = [status: number, body: string | Uint8Array, headers?: Record<string, string>]
export type SigstoreService = keyof typeof SERVICES

/** A private Sigstore on loopback; `await using` stops it. */
export interface LocalSigstore extends AsyncDisposable {
  /** Base URL of all its services: certificate authority, log of both versions, timestamp authority. */
  readonly url: string
  /** TrustedRoot in JSON, for `readTrustRoot`. */
  readonly trustedRoot: string
  /** A token of its OIDC provider; `iss` and `sub` are needed. */
  identityToken(claims: Claims): string
  /** The token that a job gets which asks `ACTIONS_ID_TOKEN_REQUEST_URL` with `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  jobEnvironment(claims: Claims): Record<string, string>
  /** Makes a service answer with a status from now on, or well again. */
  fail(service: SigstoreService, status: number | undefined): void
  /** Private key of the certificate authority, for certificates that no Fulcio would issue. */
  readonly authorityKey: KeyObject
  /** Entries logged, by both versions together. */
  logged(): number
}

export interface LocalSigstoreOptions {
  /** What the trust root names, and so demands. All by default. */
  readonly trust?: {
    readonly log?: boolean
    readonly certificateLog?: boolean
    readonly timestamps?: boolean
  }
  /** Replaces certificates (DER) on their way out. */
  readonly tamper?: (certificate: Buffer) => Buffer
}

/**
 * Starts a Sigstore for tests and rehearsals: certificates and timestamps by `@sigstore/mock`, logs of its own with
 * true inclusion proofs, since the mock's cannot be verified. Tokens, proofs of possession and signatures are checked.
 */
export async function startSigstore(options: LocalSigstoreOptions = {}): Promise<LocalSigstore> {
  const { log = true, certificateLog = true, timestamps = true } = options.trust ?? {}
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const authorityKeys = pair()
  const promises = certificateLog ? await initializeCTLog(pair()) : undefined
  const authority = await initializeCA(authorityKeys, promises)
  const tsa = await initializeTSA(pair())
  // The mock writes milliseconds without trailing zeros, as DER asks, and `@sigstore/core` 4 reads none or three.
  Object.assign(tsa, { getCurrentTime: () => new Date(Math.floor(Date.now() / 1000) * 1000) })
  const identities = new Identities()
  const failing = new Map<SigstoreService, number>()
  const jobs = new Map<string, Claims>()

  const server = createServer((request, response) => {
    answer(request).then(
      (given) => send(response, given),
      (error: unknown) => send(response, [400, JSON.stringify({ message: String(error) })]),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `http://${host}`
  // Verifiers take a log's origin from the host of its URL, without the port.
  const { hostname } = new URL(url)
  const logs = { v1: new MerkleLog(hostname, 'ecdsa'), v2: new MerkleLog(hostname, 'ed25519') }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const path = request.url ?? ''
    if (path.startsWith('/job-token?')) {
      const claims = jobs.get(request.headers.authorization ?? '')
      if (claims === undefined) return [401, '{}']
      return [200, JSON.stringify({ value: identities.token(claims) })]
    }
    const body = await bodyOf(request)
    for (const [service, end] of Object.entries(SERVICES)) {
      const status = failing.get(service as SigstoreService)
      if (path.endsWith(end) && status !== undefined)
        return [status, JSON.stringify({ message: 'made to fail' })]
    }
    switch (path) {
      case SERVICES.fulcio: {
        const { publicKey, identity, extensions } = identities.certifiable(
          body,
          request.headers.authorization?.replace(/^Bearer /, ''),
        )
        const issued = Buffer.from(
          (await authority.issueCertificate({
            publicKey: Buffer.from(publicKey),
            subjectAltName: identity,
            extensions,
          })) as Uint8Array,
        )
        const certificates = [
          options.tamper?.(issued) ?? issued,
          Buffer.from(authority.rootCertificate as Uint8Array),
        ].map(toPem)
        return [200, JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } })]
      }
      case '/api/v1/log/entries': {
        const { uuid, answer } = logV1(logs.v1, body, new Date())
        return [201, answer, { etag: uuid }]
      }
      case '/api/v2/log/entries':
        return [201, logV2(logs.v2, body)]
      case SERVICES.tsa: {
        const result = await tsaHandler(tsa).fn(body)
        return [
          result.statusCode,
          typeof result.response === 'string' ? result.response : Buffer.from(result.response as Uint8Array),
        ]
      }
      default:
        return [404, '{}']
    }
  }

  const validFor = { start: new Date(Date.now() - 60_000).toISOString() }
  const chain = (...certificates: unknown[]) => ({
    certificates: certificates.map((der) => ({
      rawBytes: Buffer.from(der as Uint8Array).toString('base64'),
    })),
  })
  const trustedLog = (publicKey: Buffer, id: Buffer, keyDetails: string) => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: publicKey.toString('base64'), keyDetails, validFor },
    logId: { keyId: id.toString('base64') },
  })
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: log ? Object.values(logs).map((one) => trustedLog(one.publicKey, one.id, one.keyDetails)) : [],
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: url,
        certChain: chain(authority.rootCertificate),
        validFor,
      },
    ],
    ctlogs: promises
      ? [trustedLog(promises.publicKey, Buffer.from(promises.logID as Uint8Array), 'PKIX_ECDSA_P256_SHA_256')]
      : [],
    timestampAuthorities: timestamps
      ? [
          {
            subject: { organization: 'sigstore.mock', commonName: 'tsa' },
            uri: url,
            certChain: chain(tsa.intCertificate, tsa.rootCertificate),
            validFor,
          },
        ]
      : [],
  }

  return {
    url,
    trustedRoot: JSON.stringify(trustedRoot),
    authorityKey: authorityKeys.privateKey,
    identityToken: (claims) => identities.token(claims),
    jobEnvironment(claims) {
      const token = `job-${jobs.size + 1}`
      jobs.set(`Bearer ${token}`, claims)
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/job-token?api-version=2`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      }
    },
    fail(service, status) {
      if (status === undefined) failing.delete(service)
      else failing.set(service, status)
    },
    logged: () => logs.v1.size + logs.v2.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Claims of a job at GitHub, complete enough for Fulcio and for provenance. */
export function githubClaims(more: Claims = {}): Claims {
  const repository = more['repository'] ?? 'acme/flight-delays'
  const workflow = `${repository}/.github/workflows/release.yml@refs/heads/main`
  return {
    iss: 'https://token.actions.githubusercontent.com',
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

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function send(response: ServerResponse, [status, body, headers = {}]: Answer): void {
  const type = typeof body === 'string' ? 'application/json' : 'application/timestamp-reply'
  response.writeHead(status, { 'content-type': type, ...headers }).end(body)
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
