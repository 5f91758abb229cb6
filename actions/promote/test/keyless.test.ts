import { keylessSigner, referrersStore, signStatement } from '@sluice/evidence'
import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { testResultStatement } from '@sluice/verdict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { world } from '../../../packages/promotion/test/world.js'
import { action } from '../src/action.js'

const RELEASE = githubClaims()
const OTHER = githubClaims({
  job_workflow_ref: 'acme/flight-delays/.github/workflows/nightly.yml@refs/heads/main',
})
const FORK = githubClaims({ repository: 'evil/flight-delays' })
const identityOf = (claims: Readonly<Record<string, string>>) =>
  `https://github.com/${claims['job_workflow_ref']}`

let sigstore: LocalSigstore
beforeAll(async () => {
  sigstore = await startSigstore()
})
afterAll(() => sigstore[Symbol.asyncDispose]())

interface Setting {
  /** Who signed the evidence. */
  readonly evidenceBy?: Readonly<Record<string, string>>
  /** Who runs the promotion. */
  readonly runBy?: Readonly<Record<string, string>>
  readonly issuer?: string
}

async function promote({ evidenceBy = RELEASE, runBy = RELEASE, issuer = RELEASE['iss']! }: Setting) {
  await using here = await world()
  const services = { fulcioUrl: sigstore.url, rekorUrl: sigstore.url, tsaUrl: sigstore.url }
  const trusted = `{ identity: "${identityOf(RELEASE)}", issuer: "${issuer}" }`
  const yaml = `signing: ${JSON.stringify({ ...services, trustedRoot: 'root.json' })}
environments:
  dev:
    target: ${here.registry.host}/dev/model
    ledger: ledger
    recordsSignedBy: [${trusted}]
    requires: [{ predicate: test-result, check: pin-check, signedBy: ${trusted}, maxAge: 1h }]
`
  await using context = await testContext({
    files: { 'sluice.yaml': yaml, 'root.json': sigstore.trustedRoot },
    now: new Date().toISOString(),
    fetch: globalThis.fetch,
    identityToken: async () => sigstore.identityToken(runBy),
  })
  const digest = await here.push('weights')
  const result = testResultStatement(
    { name: 'model', digest },
    { check: 'pin-check', verdict: 'pass', configuration: [] },
  )
  const signer = keylessSigner({
    ...services,
    identityToken: await sigstore.identityToken(evidenceBy),
    fetch,
  })
  await referrersStore(await here.repository('build/model')).put(digest, await signStatement(result, signer))
  const subject = `${here.registry.host}/build/model:candidate`
  const done = await action
    .run(inputsWith(action, { subject, to: 'dev' }), context)
    .catch((error: unknown) => error as { code: string })
  return { done, tags: await (await here.repository('dev/model')).tags() }
}

test('evidence and record are signed by the workflow itself', async () => {
  const { done, tags } = await promote({})
  expect(done).toMatchObject({ verdict: 'pass', outputs: { record: 'ledger/dev/000001.json' } })
  expect(tags).toContain('dev')
})

test.each<[string, Setting, string]>([
  ['another workflow of the same repository', { evidenceBy: OTHER }, 'EVIDENCE_IDENTITY_MISMATCH'],
  ['the same workflow of a fork', { evidenceBy: FORK }, 'EVIDENCE_IDENTITY_MISMATCH'],
  ['an identity of another issuer', { issuer: 'https://accounts.example.com' }, 'EVIDENCE_ISSUER_MISMATCH'],
])('evidence by %s is refused by name', async (_, setting, code) => {
  const { done, tags } = await promote(setting)
  expect(done).toMatchObject({ verdict: 'fail', findings: [{ rule: 'promote/evidence-refused' }] })
  expect('findings' in done && done.findings[0]!.message).toContain(code)
  expect(tags).toEqual([])
})

test('a run whose record nobody would believe moves no tag', async () => {
  const { done, tags } = await promote({ runBy: OTHER })
  expect(done).toMatchObject({ code: 'LEDGER_SIGNER' })
  expect(tags).toEqual([])
})
