import { isSluiceError } from '@sluice/errors'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  keylessSigner,
  keySigner,
  readSigningConfig,
  readTrustConfig,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const { privatePem: pem } = keyPair()
const pause = async () => {}

/** What a service might say: other JSON, other bytes, and a genuine answer with some of its bytes changed. */
const damaged = (genuine: Buffer) =>
  fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.tuple(fc.nat(Math.max(0, genuine.length - 1)), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 8,
      })
      .map((changes) => {
        const other = Buffer.from(genuine)
        for (const [at, by] of changes) other.writeUInt8((other[at] ?? 0) ^ by, at)
        return other
      }),
    fc.nat(genuine.length).map((length) => genuine.subarray(0, length)),
  )
const STATUSES = fc.constantFrom(200, 201, 400, 409)
const HEADERS = fc.record(
  {
    location: fc.constantFrom('/api/v1/log/entries/x', `/${'0'.repeat(64)}`, 'http://elsewhere/'),
    'x-log-index': fc.constantFrom('0', '-1', '99999999999999999999', '7'),
  },
  { requiredKeys: [] },
)
const answering = (body: Buffer, status: number, headers: Record<string, string>) => async () =>
  new Response(new Uint8Array(body), { status, headers })

/** Remembers what the real service answers. */
async function genuine(
  service: string,
  sign: (fetch: (url: string, init: RequestInit) => Promise<Response>) => Promise<unknown>,
) {
  let last = Buffer.alloc(0)
  await sign(async (url, init) => {
    const response = await fetch(url, init)
    const body = Buffer.from(await response.arrayBuffer())
    if (url.endsWith(service)) last = body
    return new Response(new Uint8Array(body), response)
  })
  return last
}

test.each([
  ['/api/v1/log/entries', { rekorMajor: 1 }, 'SIGN_LOG_FAILED'],
  ['/api/v2/log/entries', { rekorMajor: 2 }, 'SIGN_LOG_FAILED'],
  ['/api/v1/timestamp', {}, 'SIGN_TIMESTAMP_FAILED'],
] as const)('whatever %s answers, a key signs nothing that is not of it', async (service, more, code) => {
  await using sigstore = await startSigstore()
  const { url } = sigstore
  const where = 'rekorMajor' in more ? { rekorUrl: url, ...more } : { tsaUrl: url }
  const answer = await genuine(service, (fetch) => signStatement(about, keySigner({ pem, ...where, fetch })))
  await fc.assert(
    fc.asyncProperty(damaged(answer), STATUSES, HEADERS, async (body, status, headers) => {
      const fetch = answering(body, status, headers)
      const outcome = await signStatement(about, keySigner({ pem, ...where, fetch, pause })).catch(
        (error: unknown) => error,
      )
      // Each run signs anew, so that no genuine answer of another run is of this signature.
      expect(isSluiceError(outcome) && outcome.code).toBe(code)
    }),
    { numRuns: 300 },
  )
})

test('whatever Fulcio answers, nothing is signed without a certificate of the key', async () => {
  await using sigstore = await startSigstore()
  const { url } = sigstore
  const identityToken = await sigstore.identityToken(githubClaims())
  const options = { identityToken, fulcioUrl: url, tsaUrl: url }
  const answer = await genuine('/signingCert', (fetch) =>
    signStatement(about, keylessSigner({ ...options, fetch })),
  )
  await fc.assert(
    fc.asyncProperty(damaged(answer), STATUSES, async (body, status) => {
      const fetch = answering(body, status, {})
      const outcome = await signStatement(about, keylessSigner({ ...options, fetch, pause })).catch(
        (error: unknown) => error,
      )
      expect(isSluiceError(outcome) && outcome.code).toBe('SIGN_CERTIFICATE_FAILED')
    }),
    { numRuns: 300 },
  )
})

test('whatever a SigningConfig or a ClientTrustConfig holds, it is read or refused', async () => {
  await using sigstore = await startSigstore()
  const config = Buffer.from(sigstore.signingConfig)
  const reads = [(data: Buffer) => readSigningConfig(data, new Date()), readTrustConfig]
  fc.assert(
    fc.property(damaged(config), (data) => {
      for (const read of reads) {
        try {
          read(data)
        } catch (error) {
          expect(isSluiceError(error) && error.code).toMatch(/^SIGNING_CONFIG_(MALFORMED|UNMET)$/)
        }
      }
    }),
    { numRuns: 500 },
  )
})
