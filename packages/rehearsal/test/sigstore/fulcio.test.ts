import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIssuer, GITHUB_ISSUER, type Issuer } from '../../src/oidc/issuer.js'
import { type Provider, startProvider } from '../../src/oidc/provider.js'
import { type Sigstore, startSigstore } from '../../src/sigstore/start-sigstore.js'
import { githubClaims } from '../../src/testing.js'

const claims = githubClaims()
const subject = claims['sub'] ?? ''
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let issuer: Issuer
let provider: Provider
let sigstore: Sigstore
beforeAll(async () => {
  issuer = await createIssuer()
  provider = await startProvider(issuer)
  const { jwksUri } = provider
  sigstore = await startSigstore({ issuer: { issuer: issuer.iss, jwksUri, serverUrl: 'https://github.com' } })
})
afterAll(async () => {
  await sigstore[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

/** Asks for a certificate; what is wrong with the request is the test's. */
async function asked(
  token: string,
  proof: { of?: string; by?: KeyObject; key?: string } = {},
): Promise<{ status: number; text: string }> {
  const { of = subject, by = privateKey } = proof
  const content = proof.key ?? publicKey.export({ type: 'spki', format: 'pem' })
  const response = await fetch(`${sigstore.fulcioUrl}/api/v2/signingCert`, {
    method: 'POST',
    body: JSON.stringify({
      credentials: { oidcIdentityToken: token },
      publicKeyRequest: {
        publicKey: { algorithm: 'ECDSA', content },
        proofOfPossession: sign('sha256', Buffer.from(of), by).toString('base64'),
      },
    }),
  })
  return { status: response.status, text: await response.text() }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)
const lasting = () => ({ ...claims, iat: now(), exp: now() + 300 })

test('a token of the issuer and a proof by the key give a certificate', async () => {
  const { status, text } = await asked(await issuer.sign(claims))
  expect(status).toBe(200)
  expect(text).toContain('BEGIN CERTIFICATE')
})

test.each<[string, () => Promise<string> | string]>([
  ['no token', () => ''],
  ['a text that is none', () => 'a.b.c'],
  ['a token without a payload', () => 'a..c'],
  ['an expired token', () => issuer.sign({ ...claims, exp: now() - 1 })],
  ['a token that is not valid yet', () => issuer.sign({ ...claims, nbf: now() + 600 })],
  ['a token for another audience', () => issuer.sign({ ...claims, aud: 'https://vault.example' })],
  ['a token that names no audience', () => issuer.sign(without('aud'))],
  ['a token without a subject', () => issuer.sign(without('sub'))],
  ['a token of an issuer that is not known', () => issuer.sign({ ...claims, iss: 'https://evil.example' })],
  ['a token that another key signed', async () => (await createIssuer(GITHUB_ISSUER)).sign(claims)],
  ['an unsigned token', () => `${part({ alg: 'none' })}.${part(lasting())}.`],
  [
    'a token signed with the public key as a secret',
    () => {
      const head = `${part({ alg: 'HS256', kid: issuer.jwks.keys[0]?.kid })}.${part(lasting())}`
      const secret = JSON.stringify(issuer.jwks.keys[0])
      return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`
    },
  ],
  [
    'a token that brings its own key',
    async () => {
      const own = await generateKeyPair('ES256', { extractable: true })
      const { exportJWK } = await import('jose')
      const jwk = await exportJWK(own.publicKey)
      return new SignJWT(lasting()).setProtectedHeader({ alg: 'ES256', jwk }).sign(own.privateKey)
    },
  ],
  [
    'a token whose claims were changed',
    async () => {
      const [head, , signature] = (await issuer.sign(claims)).split('.')
      return `${head}.${part({ ...lasting(), repository: 'evil/evil' })}.${signature}`
    },
  ],
])('%s gives none, and is not quoted', async (_what, make) => {
  const token = await make()
  const { status, text } = await asked(token)
  expect(status).toBe(401)
  expect(text).not.toContain('CERTIFICATE')
  for (const piece of token.split('.').filter((one) => one.length > 8)) expect(text).not.toContain(piece)
})

test.each<[string, Parameters<typeof asked>[1]]>([
  ['a proof by another key', { by: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
  ['a proof of another subject', { of: 'repo:evil/evil:ref:refs/heads/main' }],
  ['a key that is none', { key: 'AAAA' }],
])('%s gives none', async (_what, proof) => {
  const { status, text } = await asked(await issuer.sign(claims), proof)
  expect(status).toBe(400)
  expect(text).not.toContain('CERTIFICATE')
})

test.each(['', '{', '[]', 'null', '{"publicKeyRequest":{}}'])('the request %j is refused', async (body) => {
  const response = await fetch(`${sigstore.fulcioUrl}/api/v2/signingCert`, { method: 'POST', body })
  expect(response.status).toBe(400)
})

test('only its own paths are answered, and only to POST', async () => {
  for (const path of ['/', '/api/v2/signingCert/..', '/api/v1/log/entries/../../x', '/constructor'])
    expect((await fetch(`${sigstore.fulcioUrl}${path}`, { method: 'POST', body: '{}' })).status).toBe(404)
  expect((await fetch(`${sigstore.fulcioUrl}/api/v2/signingCert`)).status).toBe(405)
})

function without(claim: string): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim))
}
