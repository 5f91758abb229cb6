import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  identityClaims,
  keylessSigner,
  provenanceStatement,
  readTrustRoot,
  signStatement,
  type TrustRoot,
  verifyEvidence,
  type WorkflowRun,
} from '../../src/index.js'

const digest = 'ab'.repeat(32)
const subject = [{ name: 'model', digest: { sha256: digest } }]
const finishedOn = new Date()
const reusable = 'sluice-ci/sluice/.github/workflows/release.yml@refs/tags/v1'
const claims = githubClaims({ job_workflow_ref: reusable })
const run: WorkflowRun = {
  kind: 'github',
  serverUrl: 'https://github.com',
  repository: claims['repository'] ?? '',
  repositoryId: '1001',
  repositoryOwnerId: '42',
  sha: claims['sha'] ?? '',
  ref: 'refs/heads/main',
  workflowRef: claims['workflow_ref'] ?? '',
  runId: '77',
  runAttempt: '1',
  eventName: 'push',
  runnerEnvironment: 'github-hosted',
}

let sigstore: LocalSigstore
let trustRoot: TrustRoot
beforeAll(async () => {
  sigstore = await startSigstore()
  trustRoot = await readTrustRoot(sigstore.trustedRoot)
})
afterAll(() => sigstore[Symbol.asyncDispose]())

test('a run has the provenance that actions/attest would write, with dependencies after the source', () => {
  const dependency = { name: 'data', digest: { sha256: 'cd'.repeat(32) } }
  const { predicate } = provenanceStatement(subject, { run, dependencies: [dependency], finishedOn })
  expect(predicate).toEqual({
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: {
          ref: 'refs/heads/main',
          repository: 'https://github.com/acme/flight-delays',
          path: '.github/workflows/release.yml',
        },
      },
      internalParameters: {
        github: {
          event_name: 'push',
          repository_id: '1001',
          repository_owner_id: '42',
          runner_environment: 'github-hosted',
        },
      },
      resolvedDependencies: [
        { uri: 'git+https://github.com/acme/flight-delays@refs/heads/main', digest: { gitCommit: run.sha } },
        dependency,
      ],
    },
    runDetails: {
      builder: { id: 'https://github.com/acme/flight-delays/.github/workflows/release.yml@refs/heads/main' },
      metadata: {
        invocationId: 'https://github.com/acme/flight-delays/actions/runs/77/attempts/1',
        finishedOn: finishedOn.toISOString(),
      },
    },
  })
})

test('a local run does not pretend to be GitHub', () => {
  const { predicate } = provenanceStatement(subject, { run: { kind: 'local' }, dependencies: [], finishedOn })
  expect(JSON.stringify(predicate)).not.toContain('github.com')
  expect(predicate).toMatchObject({ runDetails: { builder: { id: expect.stringContaining('unattested') } } })
})

describe('provenance signed in a run', () => {
  const signed = async (more: Partial<WorkflowRun>, builder = true) => {
    const identityToken = await sigstore.identityToken(claims)
    const known = builder ? { claims: identityClaims(identityToken) } : {}
    const statement = provenanceStatement(subject, {
      run: { ...run, ...more },
      dependencies: [],
      finishedOn,
      ...known,
    })
    const signer = keylessSigner({ identityToken, fulcioUrl: sigstore.url, rekorUrl: sigstore.url, fetch })
    return verifyEvidence(await signStatement(statement, signer), {
      subject: { digest: `sha256:${digest}` },
      signedBy: {
        identity: `https://github.com/${reusable}`,
        issuer: claims['iss'] ?? '',
        repository: `https://github.com/${claims['repository']}`,
        trustRoot,
      },
      now: new Date(),
    })
  }

  test('verifies when it says what is certified, in a reusable workflow too', async () => {
    await expect(signed({})).resolves.toMatchObject({ signer: { kind: 'identity' } })
  })

  test.each<[string, Partial<WorkflowRun>]>([
    ['repository', { repository: 'acme/other' }],
    ['commit', { sha: 'f'.repeat(40) }],
    ['ref', { ref: 'refs/heads/evil' }],
    ['workflow', { workflowRef: 'acme/flight-delays/.github/workflows/evil.yml@refs/heads/main' }],
    ['run', { runId: '78' }],
    ['attempt', { runAttempt: '2' }],
    ['event', { eventName: 'workflow_dispatch' }],
    ['runner', { runnerEnvironment: 'self-hosted' }],
    ['owner', { repositoryOwnerId: '43' }],
  ])('is refused when it names another %s', async (_what, more) => {
    await expect(signed(more)).rejects.toMatchObject({ code: 'EVIDENCE_PROVENANCE_MISMATCH' })
  })

  test('is refused when it names the calling workflow as the builder', async () => {
    await expect(signed({}, false)).rejects.toMatchObject({
      code: 'EVIDENCE_PROVENANCE_MISMATCH',
      message: expect.stringContaining('builder.id'),
    })
  })
})
