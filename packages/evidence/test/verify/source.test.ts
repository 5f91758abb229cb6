import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  keylessSigner,
  readTrustRoot,
  type SignedBy,
  signStatement,
  type TrustRoot,
  verifyEvidence,
} from '../../src/index.js'

const digest = `sha256:${'cd'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const REUSABLE = 'sluice-ci/sluice/.github/workflows/model-release.yml@refs/tags/v0.1.0'
const identity = `https://github.com/${REUSABLE}`
const issuer = githubClaims()['iss'] ?? ''

let sigstore: LocalSigstore
let trustRoot: TrustRoot
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

/** Verifies what a run of `repository` at `ref` signed through a reusable workflow. */
async function verified(
  claims: { repository: string; ref?: string; job_workflow_ref?: string },
  by: Partial<SignedBy>,
): Promise<unknown> {
  const signer = keylessSigner({
    identityToken: await sigstore.identityToken(githubClaims({ job_workflow_ref: REUSABLE, ...claims })),
    fulcioUrl: sigstore.url,
    rekorUrl: sigstore.url,
    tsaUrl: sigstore.url,
    fetch,
  })
  const signedBy = { identity, issuer, trustRoot, ...by } as SignedBy
  return verifyEvidence(await signStatement(about, signer), {
    subject: { digest },
    signedBy,
    now: new Date(),
  })
}

const ours = { repository: 'octo-org/flight-delays', ref: 'refs/heads/main' }
const repository = 'https://github.com/octo-org/flight-delays'

describe('the signature of a reusable workflow', () => {
  test('counts in a run of the repository that is named', async () => {
    await expect(verified(ours, { repository, ref: 'refs/heads/main' })).resolves.toBeDefined()
  })

  test('does not count when no repository is named, for anyone may call it', async () => {
    await expect(verified(ours, {})).rejects.toMatchObject({ code: 'EVIDENCE_REPOSITORY_MISMATCH' })
  })

  test.each(['mallory/flight-delays', 'octo-org/flight-delays-fork', 'Octo-Org/flight-delays'])(
    'does not count in a run of %s',
    async (other) => {
      await expect(verified({ ...ours, repository: other }, { repository })).rejects.toMatchObject({
        code: 'EVIDENCE_REPOSITORY_MISMATCH',
        kind: 'refused',
      })
    },
  )

  test('does not count from another ref than the one that is named', async () => {
    await expect(
      verified({ ...ours, ref: 'refs/heads/topic' }, { repository, ref: 'refs/heads/main' }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_REF_MISMATCH' })
  })
})

test('a workflow of the repository itself needs no further name', async () => {
  const own = `${ours.repository}/.github/workflows/release.yml@refs/heads/main`
  await expect(
    verified({ ...ours, job_workflow_ref: own }, { identity: `https://github.com/${own}` }),
  ).resolves.toBeDefined()
})
