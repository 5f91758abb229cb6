import { summaryStatement } from '@sluice/evidence'
import { memoryRepository } from '@sluice/oci'
import { describe, expect, test } from 'vitest'
import { examineAdmission } from '../src/index.js'
import { OTHER, party, SUBJECT, stored } from './keys.js'

const now = new Date('2026-03-03T12:00:00Z')
const verifier = party()
const summary = (passed: boolean, { at = now, subject = SUBJECT } = {}) =>
  summaryStatement({
    subjects: [subject],
    resourceUri: 'oci://registry.example/model',
    policy: { uri: 'https://example.com/policy', sha256: OTHER.digest.slice('sha256:'.length) },
    inputs: [],
    passed,
    levels: ['SLSA_BUILD_LEVEL_2'],
    now: at,
  })

/** Admission by what GitHub's attestations of a repository hold. */
async function admitted(bundles: readonly { readonly bytes: Uint8Array }[]) {
  const asked: string[] = []
  const attestations = bundles.map(({ bytes }) => ({ bundle: JSON.parse(Buffer.from(bytes).toString()) }))
  const [ruling] = await examineAdmission(
    {
      environment: {
        name: 'prod',
        target: 'registry.example/prod',
        ledger: 'ledger',
        requires: [{ predicate: 'vsa', signedBy: { key: 'keys/verifier.pub' }, maxAge: '1h' }],
      } as never,
      repository: memoryRepository('test/model'),
      digest: SUBJECT.digest,
      stores: ['github:acme/flight-delays'],
      github: {
        apiUrl: 'https://api.github.com',
        fetch: async (url) => {
          asked.push(url)
          return Response.json({ attestations })
        },
      },
      trust: { source: { readText: async () => verifier.publicPem }, trustedRoot: undefined } as never,
      now,
    },
    { workspace: {} as never, fetch, variable: () => undefined },
  )
  expect(asked[0]).toContain(`/repos/acme/flight-delays/attestations/${SUBJECT.digest}`)
  return ruling
}

describe('a verification summary in GitHub’s attestations', () => {
  test('lets in what it says passed, recently, about this digest', async () => {
    await expect(admitted([await stored(summary(true), verifier)])).resolves.toMatchObject({ state: 'met' })
  })

  test.each<[string, () => Promise<{ bytes: Uint8Array }>, object]>([
    ['that failed', () => stored(summary(false), verifier), { code: 'EVIDENCE_SUMMARY_FAILED' }],
    [
      'that is too old',
      () => stored(summary(true, { at: new Date('2026-03-03T10:59:59Z') }), verifier),
      { code: 'EVIDENCE_STALE' },
    ],
    [
      'about another digest',
      () => stored(summary(true, { subject: OTHER }), verifier),
      { code: 'EVIDENCE_SUBJECT_MISMATCH' },
    ],
    ['by a stranger', () => stored(summary(true), party()), { code: 'EVIDENCE_SIGNATURE_INVALID' }],
  ])('%s lets nothing in', async (_what, bundle, ruling) => {
    await expect(admitted([await bundle()])).resolves.toMatchObject({ state: 'unmet', ...ruling })
  })
})
