import { expect, test } from 'vitest'
import { type Ruling, verificationSummary } from '../src/index.js'
import { OTHER, SUBJECT } from './keys.js'

const met: Ruling = {
  state: 'met',
  requirement: 'provenance',
  by: {
    requirement: 'provenance',
    predicateType: 't',
    bundle: OTHER.digest,
    signer: 'key a',
    location: 'r@sha256:1',
  },
}
const unmet: Ruling = { state: 'unmet', requirement: 'vulns', shortfall: 'missing', detail: 'none' }
const summary = (rulings: readonly Ruling[], passed: boolean) =>
  verificationSummary({
    subject: SUBJECT,
    environment: 'prod-eu',
    resource: 'r/prod@sha256:1',
    policy: { file: 'sluice.yaml', sha256: 'ab' },
    rulings,
    passed,
    now: new Date('2026-03-03T12:00:00Z'),
  })

test('says what was decided, by which policy and on which evidence, and claims no SLSA level', () => {
  expect(summary([met], true).predicate).toMatchObject({
    timeVerified: '2026-03-03T12:00:00.000Z',
    policy: { uri: 'sluice.yaml#environments.prod-eu', digest: { sha256: 'ab' } },
    inputAttestations: [{ uri: 'r@sha256:1', digest: { sha256: OTHER.digest.slice(7) } }],
    verificationResult: 'PASSED',
    verifiedLevels: ['SLUICE_ENVIRONMENT_PROD_EU'],
  })
  expect(summary([met, unmet], false).predicate).toMatchObject({
    verificationResult: 'FAILED',
    verifiedLevels: ['FAILED'],
  })
})
