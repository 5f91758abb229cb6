import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { bearerOf, type Call, HttpFault, json, type Reply, startLoopback } from '../server/loopback.js'
import { Identities, type TrustedIssuer } from './identity.js'
import { MerkleLog } from './merkle-log.js'
import { logV1, logV2 } from './rekor.js'
import { timestampAuthority } from './timestamp.js'
import { signingConfigOf, trustedRootOf } from './trusted-root.js'

/** The services, by how the path that each answers ends. */
const SERVICES = { fulcio: '/api/v2/signingCert', rekor: '/log/entries', tsa: '/api/v1/timestamp' } as const
/** Below it the checkpoint and the tiles of the log of version 2 are. */
const READS = '/api/v2/'
/** Below it an entry of version 1 is, by its name. */
const ENTRIES = '/api/v1/log/entries/'
export type SigstoreService = keyof typeof SERVICES

/** A private Sigstore on loopback; `await using` stops it. */
export interface Sigstore extends AsyncDisposable {
  readonly fulcioUrl: string
  /** Log of API version 1. */
  readonly rekorUrl: string
  /** Log of API version 2, which keeps no time. */
  readonly rekorV2Url: string
  readonly tsaUrl: string
  /** TrustedRoot in JSON. */
  readonly trustedRoot: string
  /** SigningConfig in JSON. */
  readonly signingConfig: string
  /** Makes a service answer with a status from now on, or well again. */
  fail(service: SigstoreService, status: number | undefined): void
  /** Private key of the certificate authority, for certificates that no Fulcio would issue. */
  readonly authorityKey: KeyObject
  /** Entries logged, by both versions together. */
  logged(): number
}

export interface SigstoreOptions {
  /** Whose identity tokens are believed. */
  readonly issuer: TrustedIssuer | readonly TrustedIssuer[]
  /** What the trust root names, and so demands. All by default. */
  readonly trust?: {
    readonly log?: boolean
    readonly certificateLog?: boolean
    readonly timestamps?: boolean
  }
  /** Replaces certificates (DER) on their way out. */
  readonly tamper?: (certificate: Buffer) => Buffer
  /** Done before anything is answered that somebody might verify later. */
  readonly beforeFirst?: () => Promise<void>
}

/**
 * Starts a Sigstore for tests and rehearsals: certificates and timestamps by `@sigstore/mock`, logs of its own with
 * true inclusion proofs, since the mock's cannot be verified. Tokens, proofs of possession and signatures are checked,
 * which the mock does not.
 */
export async function startSigstore(options: SigstoreOptions): Promise<Sigstore> {
  const { log = true, certificateLog = true, timestamps = true } = options.trust ?? {}
  // Loaded where it is used: it brings a certificate library that nothing else in a rehearsal needs.
  const { initializeCA, initializeCTLog } = await import('@sigstore/mock')
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const authorityKeys = pair()
  const promises = certificateLog ? await initializeCTLog(pair()) : undefined
  const authority = await initializeCA(authorityKeys, promises)
  const tsa = await timestampAuthority(pair())
  const issuers = Array.isArray(options.issuer) ? options.issuer : [options.issuer]
  const identities = new Identities(issuers)
  const failing = new Map<SigstoreService, number>()
  let first: Promise<void> | undefined
  // Verifiers take a log's origin from the host of its URL, without the port.
  const logs = { v1: new MerkleLog('127.0.0.1', 'ecdsa'), v2: new MerkleLog('127.0.0.1', 'ed25519') }

  const known = { v1: new Map<string, string>(), v2: new Map<string, number>() }

  const server = await startLoopback(async (call) => {
    const path = call.url.pathname
    for (const [service, end] of Object.entries(SERVICES)) {
      const status = failing.get(service as SigstoreService)
      if (path.endsWith(end) && status !== undefined) throw new HttpFault(status, 'made to fail')
    }
    const entry = path.startsWith(ENTRIES) ? known.v1.get(path.slice(ENTRIES.length)) : undefined
    if (entry !== undefined && call.method === 'GET')
      return { status: 200, headers: { 'content-type': 'application/json' }, body: entry }
    if (call.method === 'GET' && path === `${READS}checkpoint`)
      return { status: 200, body: logs.v2.checkpoint() }
    const tile = path.startsWith(`${READS}tile/`) ? logs.v2.tile(path.slice(READS.length + 5)) : undefined
    if (tile !== undefined && call.method === 'GET') return { status: 200, body: tile }
    const handler = handlers[path]
    if (handler === undefined) throw new HttpFault(404, 'Not Found')
    if (call.method !== 'POST') throw new HttpFault(405, 'Only POST is answered here')
    first ??= options.beforeFirst?.()
    await first
    return await handler(await call.body(), call)
  })

  const handlers: Readonly<Record<string, (body: Buffer, call: Call) => Reply | Promise<Reply>>> = {
    async [SERVICES.fulcio](body, call) {
      const { publicKey, identity, extensions } = await identities.certifiable(
        body.toString(),
        bearerOf(call),
      )
      const request = {
        publicKey: Buffer.from(publicKey),
        subjectAltName: identity,
        extensions: [...extensions],
      }
      const issued = Buffer.from((await authority.issueCertificate(request)) as Uint8Array)
      const certificates = [options.tamper?.(issued) ?? issued, authority.rootCertificate as Uint8Array].map(
        toPem,
      )
      return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } })
    },
    '/api/v1/log/entries'(body) {
      const { uuid, answer } = logV1(logs.v1, body.toString(), new Date(), known.v1)
      return { status: 201, headers: { 'content-type': 'application/json', etag: uuid }, body: answer }
    },
    '/api/v2/log/entries'(body) {
      return {
        status: 201,
        headers: { 'content-type': 'application/json' },
        body: logV2(logs.v2, body.toString(), known.v2),
      }
    },
    [SERVICES.tsa]: (body, call) => tsa.answer(body, call.headers['content-type'] ?? ''),
  }

  const { url } = server
  return {
    fulcioUrl: url,
    rekorUrl: url,
    rekorV2Url: url,
    tsaUrl: url,
    trustedRoot: trustedRootOf({
      url,
      logs: log ? Object.values(logs) : [],
      authority: [authority.rootCertificate as Uint8Array],
      ...(promises
        ? {
            certificateLog: { publicKey: promises.publicKey as Uint8Array, id: promises.logID as Uint8Array },
          }
        : {}),
      ...(timestamps ? { timestamps: [tsa.certificate, tsa.root] } : {}),
    }),
    signingConfig: signingConfigOf(
      url,
      issuers.map(({ issuer }) => issuer),
    ),
    authorityKey: authorityKeys.privateKey,
    fail(service, status) {
      if (status === undefined) failing.delete(service)
      else failing.set(service, status)
    },
    logged: () => logs.v1.size + logs.v2.size,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
