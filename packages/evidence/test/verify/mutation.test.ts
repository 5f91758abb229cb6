import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  bundleBytes,
  keylessSigner,
  keySigner,
  modelStatement,
  readTrustRoot,
  type SignedBy,
  signStatement,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const keys = keyPair()
const claims = githubClaims()
const tree = {
  name: 'model',
  root: '/model',
  files: [{ path: 'w', sha256: 'ab'.repeat(32), size: 1 }],
  ignored: [],
  digest: '',
  hashing: { algorithm: 'sha256' as const },
  resources: [{ name: 'w', digest: 'ab'.repeat(32) }],
}
const signed = modelStatement(tree)
const subject = { digest: `sha256:${signed.subject[0]?.digest['sha256']}` }

let sigstore: LocalSigstore
beforeAll(async () => {
  sigstore = await startSigstore()
})
afterAll(() => sigstore[Symbol.asyncDispose]())

const change = fc.record({
  at: fc.nat(),
  byte: fc.integer({ min: 1, max: 255 }),
  cut: fc.nat({ max: 3 }),
  add: fc.string({ maxLength: 3 }),
})

/**
 * Changed bytes either are refused by a coded error, or say exactly what was signed (a hint, a space, an unused member).
 * A timestamp that a changed byte hides leaves the log's own time, which vouches too.
 */
async function unforgeable(bytes: Buffer, signedBy: SignedBy) {
  const expectation = { subject, signedBy, now: new Date() }
  const original = await verifyEvidence(bytes, expectation)
  const times = [original.signedAt, ...loggedAt(bytes)]
  await fc.assert(
    fc.asyncProperty(change, async ({ at, byte, cut, add }) => {
      const place = at % bytes.length
      const flipped = Buffer.from([(bytes[place] ?? 0) ^ byte])
      const changed = Buffer.concat([
        bytes.subarray(0, place),
        cut === 0 ? flipped : Buffer.from(add),
        bytes.subarray(place + Math.max(1, cut)),
      ])
      const outcome = await verifyEvidence(changed, expectation).catch((error) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'SluiceError', kind: 'refused' })
      else
        expect(outcome).toMatchObject({
          statement: original.statement,
          signer: original.signer,
          signedAt: expect.toBeOneOf(times),
        })
    }),
    { numRuns: 300 },
  )
}

function loggedAt(bundle: Buffer): string[] {
  const { tlogEntries = [] } = JSON.parse(String(bundle)).verificationMaterial
  return tlogEntries.map((entry: { integratedTime?: string }) =>
    new Date(Number(entry.integratedTime ?? 0) * 1000).toISOString(),
  )
}

test('no changed byte of a bundle signed by key says something else', async () => {
  const bundle = await signStatement(
    {
      ...statement({ name: 'm', ...subject }, 'https://example.com/v1', {
        createdAt: '2026-03-03T12:00:00Z',
      }),
    },
    keySigner({ pem: keys.privatePem }),
  )
  const expectation = { key: keys.publicPem }
  await unforgeable(bundleBytes(bundle), expectation)
})

test.each([1, 2] as const)(
  'no changed byte of a keyless bundle logged by version %d says something else',
  async (rekorMajor) => {
    const { url } = sigstore
    const signer = keylessSigner({
      identityToken: await sigstore.identityToken(claims),
      fulcioUrl: url,
      rekorUrl: url,
      tsaUrl: url,
      rekorMajor,
      fetch,
    })
    const bytes = bundleBytes(await signStatement(signed, signer))
    const trustRoot = await readTrustRoot(sigstore.trustedRoot)
    await unforgeable(bytes, {
      identity: `https://github.com/${claims['job_workflow_ref']}`,
      issuer: claims['iss'] ?? '',
      trustRoot,
    })
  },
  60_000,
)
