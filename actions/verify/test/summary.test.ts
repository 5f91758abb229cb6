import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const FILES = {
  'private.pem': keys.privatePem,
  'public.pem': keys.publicPem,
  'other.pem': keyPair().publicPem,
  'model/weights.bin': 'weights',
  'model/config.json': '{}',
}
const verify = (context: TestContext, given: Partial<Inputs> = {}) =>
  action.run(inputsWith(action, { key: 'public.pem', path: 'model', ...given }), context)
const signed = async () => {
  const context = await testContext({ files: FILES })
  await sign.run(inputsWith(sign, { key: 'private.pem', path: 'model' }), context)
  return context
}

test('verifying leaves a summary that can be signed, and then stands for the evidence it rests on', async () => {
  await using context = await signed()
  const { statements, outputs } = await verify(context, { predicateTypes: ['model-signature', 'provenance'] })
  expect(statements).toMatchObject([
    {
      subject: [{ name: 'model', digest: { sha256: outputs['digest']?.slice(7) } }],
      predicate: {
        verificationResult: 'PASSED',
        resourceUri: 'file:model',
        verifiedLevels: ['SLSA_BUILD_LEVEL_1'],
        inputAttestations: outputs['evidence']
          ?.split('\n')
          .map((digest) => ({ digest: { sha256: digest.slice(7) } })),
      },
    },
  ])
  await context.workspace.write('vsa.json', JSON.stringify(statements[0]))
  const vsa = { predicateTypes: ['vsa'] }
  // A glob, which also finds what nobody meant, signs none.
  await sign.run(inputsWith(sign, { key: 'private.pem', path: 'model', statements: ['vs*.json'] }), context)
  await expect(verify(context, vsa)).resolves.toMatchObject({ findings: [{ rule: 'verify/none' }] })
  // A file alone does not say what it may be about.
  await expect(
    sign.run(inputsWith(sign, { key: 'private.pem', statements: ['vsa.json'] }), context),
  ).rejects.toMatchObject({ code: 'SIGN_STATEMENT_SUBJECT' })
  await sign.run(
    inputsWith(sign, { key: 'private.pem', path: 'model', predicates: ['none'], statements: ['vsa.json'] }),
    context,
  )
  const policyDigest = outputs['policy-digest'] ?? ''
  await expect(
    verify(context, { ...vsa, policyDigest, resourceUri: 'file:model', maxAgeSeconds: 60 }),
  ).resolves.toMatchObject({ verdict: 'pass' })
  await expect(verify(context, { ...vsa, policyDigest: `sha256:${'0'.repeat(64)}` })).resolves.toMatchObject({
    verdict: 'fail',
    findings: [{ rule: 'verify/summary-policy' }],
  })
  await expect(verify(context, { ...vsa, resourceUri: 'file:other' })).resolves.toMatchObject({
    findings: [{ rule: 'verify/summary-resource' }],
  })
})

test('a summary of a failure says so, and is no evidence once signed', async () => {
  await using context = await signed()
  writeFileSync(join(context.workspace.root, 'model/config.json'), '[]')
  const { statements } = await verify(context)
  expect(statements).toMatchObject([
    { predicate: { verificationResult: 'FAILED', verifiedLevels: ['FAILED'], inputAttestations: [] } },
  ])
  await context.workspace.write('vsa.json', JSON.stringify(statements[0]))
  await sign.run(
    inputsWith(sign, { key: 'private.pem', path: 'model', predicates: ['none'], statements: ['vsa.json'] }),
    context,
  )
  await expect(verify(context, { predicateTypes: ['vsa'] })).resolves.toMatchObject({
    verdict: 'fail',
    findings: [{ rule: 'verify/summary-failed' }],
  })
})

test('the policy names what was asked, in one spelling, and its bytes are in the summary', async () => {
  await using context = await signed()
  const policyOf = async (given: Partial<Inputs> = {}) => {
    const { statements, outputs } = await verify(context, given)
    const { policy } = (statements[0]?.predicate ?? {}) as {
      policy: { digest: { sha256: string }; content: string }
    }
    const text = Buffer.from(policy.content, 'base64')
    expect(createHash('sha256').update(text).digest('hex')).toBe(policy.digest.sha256)
    expect(outputs['policy-digest']).toBe(`sha256:${policy.digest.sha256}`)
    return { digest: policy.digest.sha256, text: text.toString() }
  }
  const { digest, text } = await policyOf({ ignore: ['a', 'b'] })
  expect(JSON.parse(text)).toMatchObject({
    key: { sha256: createHash('sha256').update(keys.publicPem).digest('hex') },
    ignore: expect.arrayContaining(['.git', 'a', 'b']),
    'predicate-types': ['https://model_signing/signature/v1.0'],
  })
  expect((await policyOf({ ignore: ['b', 'a', 'a'] })).digest).toBe(digest)
  expect((await policyOf({ ignore: ['a', 'b'], store: ['.sluice/evidence'] })).digest).toBe(digest)
  expect((await policyOf({ ignore: ['a'] })).digest).not.toBe(digest)
  expect((await policyOf({ ignore: ['a', 'b'], key: 'other.pem' })).digest).not.toBe(digest)
})

test('a policy digest that is none is refused before anything is examined', async () => {
  await using context = await signed()
  await expect(verify(context, { policyDigest: 'sha256:1' })).rejects.toMatchObject({
    code: 'VERIFY_POLICY_DIGEST',
  })
})
