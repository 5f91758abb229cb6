import { digestOf } from '@sluice/oci'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  buildLevel,
  canonicalJson,
  type Json,
  keySigner,
  PROVENANCE_TYPE,
  signStatement,
  summaryStatement,
  VERIFICATION_SUMMARY_TYPE,
  type VerifiedEvidence,
  verifyEvidence,
} from '../../src/index.js'
import { judgeSummary } from '../../src/vsa/judge.js'
import { keyPair } from '../keys.js'

const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const digest = digestOf('model')
const now = new Date('2026-03-03T12:00:00Z')
const decision = {
  subjects: [{ name: 'model', digest }],
  resourceUri: 'oci://registry.example/model',
  policy: { uri: 'https://example.com/policy', sha256: digestOf('policy').slice(7) },
  inputs: [{ location: 'here', bundle: digestOf('bundle') }],
  passed: true,
  levels: ['SLSA_BUILD_LEVEL_1'],
  now,
}

describe('canonical JSON', () => {
  test.each<[Json, string]>([
    [{ b: 1, a: [true, null, 'x'], c: undefined }, '{"a":[true,null,"x"],"b":1}'],
    [
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '\ud83d\ude00': 4, ö: 5 },
      '{"\\r":2,"ö":5,"€":1,"😀":4,"\ufb33":3}',
    ],
    [[1e21, 0.000001, 4.5, -0, 333333333.3333333], '[1e+21,0.000001,4.5,0,333333333.3333333]'],
    ['\u000f\n"\\', '"\\u000f\\n\\"\\\\"'],
  ])('of %j', (value, text) => expect(canonicalJson(value)).toBe(text))
})

test('a summary has the members of SLSA, and a failed one claims no level', () => {
  expect(summaryStatement(decision)).toMatchObject({
    predicateType: VERIFICATION_SUMMARY_TYPE,
    subject: [{ name: 'model', digest: { sha256: digest.slice(7) } }],
    predicate: {
      verifier: { id: 'https://github.com/sluice-ci/sluice', version: { sluice: expect.any(String) } },
      timeVerified: '2026-03-03T12:00:00.000Z',
      resourceUri: 'oci://registry.example/model',
      policy: { digest: { sha256: decision.policy.sha256 } },
      inputAttestations: [{ uri: 'here', digest: { sha256: digestOf('bundle').slice(7) } }],
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_1'],
      slsaVersion: '1.1',
    },
  })
  expect(summaryStatement({ ...decision, passed: false }).predicate).toMatchObject({
    verificationResult: 'FAILED',
    verifiedLevels: ['FAILED'],
  })
})

describe('a signed summary', () => {
  const verify = async (made: Partial<typeof decision>, asked: object = {}, at = now) => {
    const bundle = await signStatement(summaryStatement({ ...decision, ...made }), signer)
    return await verifyEvidence(bundle, {
      subject: { digest },
      predicateType: VERIFICATION_SUMMARY_TYPE,
      signedBy: { key: keys.publicPem },
      now: at,
      ...asked,
    })
  }
  const policy = digestOf('policy')

  test('counts when it passed, with the resource, the policy and the age that are asked for', async () => {
    const summary = { resourceUri: decision.resourceUri, policy }
    await expect(verify({}, { summary, maxAgeSeconds: 60 })).resolves.toMatchObject({ timeSource: 'claim' })
    await expect(verify({})).resolves.toBeDefined()
  })

  test.each<[string, Partial<typeof decision>, object, string]>([
    ['that failed', { passed: false }, {}, 'EVIDENCE_SUMMARY_FAILED'],
    [
      'of another resource',
      { resourceUri: 'oci://registry.example/model2' },
      { summary: { resourceUri: decision.resourceUri } },
      'EVIDENCE_SUMMARY_RESOURCE',
    ],
    [
      'by another policy',
      { policy: { uri: decision.policy.uri, sha256: digestOf('lax').slice(7) } },
      { summary: { policy } },
      'EVIDENCE_SUMMARY_POLICY',
    ],
    ['that is too old', { now: new Date('2026-03-03T11:58:59Z') }, { maxAgeSeconds: 60 }, 'EVIDENCE_STALE'],
    ['from the future', { now: new Date('2026-03-03T12:10:00Z') }, {}, 'EVIDENCE_FUTURE'],
    [
      'about another subject',
      { subjects: [{ name: 'model', digest: policy }] },
      {},
      'EVIDENCE_SUBJECT_MISMATCH',
    ],
  ])('%s is refused', async (_what, made, asked, code) => {
    await expect(verify(made, asked)).rejects.toMatchObject({ code, kind: 'refused' })
  })

  test.each([{}, { verificationResult: 'PASSED' }, { policy: 1 }])(
    'that lacks what it must say is refused: %j',
    async (predicate) => {
      const made = statement({ name: 'model', digest }, VERIFICATION_SUMMARY_TYPE, predicate)
      await expect(
        verifyEvidence(await signStatement(made, signer), {
          subject: { digest },
          signedBy: { key: keys.publicPem },
          now,
        }),
      ).rejects.toMatchObject({ code: 'EVIDENCE_MALFORMED' })
    },
  )
})

test('a summary is as old as the verification, whenever it was signed', () => {
  const made = summaryStatement({ ...decision, now })
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
  expect(() => judgeSummary(made, { now: after(60), maxAgeSeconds: 60 })).not.toThrow()
  expect(() => judgeSummary(made, { now: after(61), maxAgeSeconds: 60 })).toThrow(
    expect.objectContaining({ code: 'EVIDENCE_STALE' }),
  )
})

describe('the build level', () => {
  const github = 'https://token.actions.githubusercontent.com'
  const provenance = (
    signer: VerifiedEvidence['signer'],
    runner = 'github-hosted',
    buildType = 'https://actions.github.io/buildtypes/workflow/v1',
  ): VerifiedEvidence => ({
    statement: statement({ name: 'model', digest }, PROVENANCE_TYPE, {
      buildDefinition: { buildType, internalParameters: { github: { runner_environment: runner } } },
    }),
    signer,
    timeSource: 'log',
    bundleDigest: digest,
  })
  const by = (issuer: string) =>
    ({ kind: 'identity', identity: 'https://github.com/acme/x', issuer }) as const
  const key = { kind: 'key', keyHint: 'ab' } as const

  test.each<[string, VerifiedEvidence[], string]>([
    ['of hosted, keyless provenance is 2', [provenance(by(github))], 'SLSA_BUILD_LEVEL_2'],
    ['of an enterprise’s issuer too', [provenance(by(`${github}/acme`))], 'SLSA_BUILD_LEVEL_2'],
    ['on GHE.com too', [provenance(by('https://token.actions.acme.ghe.com'))], 'SLSA_BUILD_LEVEL_2'],
    ['on a self-hosted runner is 1', [provenance(by(github), 'self-hosted')], 'SLSA_BUILD_LEVEL_1'],
    ['by a key is 1, whatever it says', [provenance(key)], 'SLSA_BUILD_LEVEL_1'],
    ['of another build type is 1', [provenance(by(github), 'github-hosted', 'x')], 'SLSA_BUILD_LEVEL_1'],
    ['of a look-alike issuer is 1', [provenance(by(`${github}.evil.example`))], 'SLSA_BUILD_LEVEL_1'],
    ['is the highest that is shown', [provenance(key), provenance(by(github))], 'SLSA_BUILD_LEVEL_2'],
    ['without provenance is not evaluated', [], 'SLSA_BUILD_LEVEL_UNEVALUATED'],
  ])('%s', (_what, held, level) => expect(buildLevel(held)).toEqual([level]))
})
