import { testResultStatement, withOccasion } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { keySigner, signStatement, verifyEvidence, withSigningTime } from '../../src/index.js'
import { keyPair } from '../keys.js'

test('a gate’s old statement stays old when it is signed today', async () => {
  const { privatePem, publicPem } = keyPair('P-256')
  const digest = `sha256:${'ef'.repeat(32)}`
  const gate = testResultStatement(
    { name: 'model', digest },
    { check: 'pin-check', verdict: 'pass', configuration: [] },
  )
  const old = withOccasion(gate, { finishedAt: '2026-01-01T00:00:00.000Z' })
  const now = new Date('2026-03-03T12:00:00Z')
  const bundle = await signStatement(withSigningTime(old, now), keySigner({ pem: privatePem }))
  const expectation = { subject: { digest }, signedBy: { key: publicPem }, now }
  await expect(verifyEvidence(bundle, { ...expectation, maxAgeSeconds: 7 * 86_400 })).rejects.toMatchObject({
    code: 'EVIDENCE_STALE',
  })
  await expect(verifyEvidence(bundle, expectation)).resolves.toMatchObject({
    signedAt: '2026-01-01T00:00:00.000Z',
  })
})
