import { githubClaims, type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import type { Statement } from '@sluice/verdict'
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
import { bindProvenance } from '../../src/provenance/binding.js'
import { LOCAL_BUILD_TYPE, LOCAL_BUILDER } from '../../src/provenance/types.js'

// biome-ignore lint/suspicious/noExplicitAny: provenance is changed in ways that its type forbids.
type Edited = any

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

describe('provenance and certificate', () => {
  const workflow = `https://github.com/${claims['workflow_ref']}`
  const repository = `https://github.com/${claims['repository']}`
  /** By the last number of Fulcio's extensions, as GitHub's certificates have them. */
  const extensions = new Map([
    [11, 'github-hosted'],
    [12, repository],
    [13, run.sha],
    [14, run.ref],
    [15, run.repositoryId],
    [17, run.repositoryOwnerId],
    [18, workflow],
    [20, run.eventName],
    [21, `${repository}/actions/runs/77/attempts/1`],
  ])
  const github = provenanceStatement(subject, { run, dependencies: [], finishedOn })
  const bound = (edit: (predicate: Edited) => void, without?: number) => {
    const statement = structuredClone(github) as Statement
    edit(statement.predicate)
    const certified = new Map([...extensions].filter(([number]) => number !== without))
    return () => bindProvenance(statement, { identity: workflow, issuer: '', extensions: certified })
  }
  const refused = (member: string) =>
    expect.objectContaining({
      code: 'EVIDENCE_PROVENANCE_MISMATCH',
      message: expect.stringContaining(member),
    })

  test('say the same', () => {
    expect(bound(() => {})).not.toThrow()
  })

  test.each([11, 12, 13, 14, 15, 17, 18, 20, 21])('differ when extension .%d is not certified', (number) => {
    expect(bound(() => {}, number)).toThrow(refused('the certificate says nothing of it'))
  })

  test.each(['event_name', 'repository_id', 'repository_owner_id', 'runner_environment'])(
    'differ when the payload leaves %s out',
    (name) => {
      expect(bound(({ buildDefinition }) => delete buildDefinition.internalParameters.github[name])).toThrow(
        refused(name),
      )
    },
  )

  describe('in the older build type', () => {
    const older = (runner: string, more: (predicate: Edited) => void = () => {}) =>
      bound((predicate) => {
        predicate.buildDefinition.buildType =
          'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1'
        delete predicate.buildDefinition.internalParameters.github.runner_environment
        predicate.runDetails.builder.id = `https://github.com/actions/runner/${runner}`
        more(predicate)
      })

    test('say the same, with the kind of runner as the builder', () => {
      expect(older('github-hosted')).not.toThrow()
    })

    test('differ when the builder is a runner of the other kind, or another', () => {
      expect(older('self-hosted')).toThrow(refused('builder.id'))
      expect(older('evil')).toThrow(refused('builder.id'))
    })

    test('differ when the commit does', () => {
      const evil = older('github-hosted', ({ buildDefinition }) => {
        buildDefinition.resolvedDependencies[0].digest.gitCommit = 'f'.repeat(40)
      })
      expect(evil).toThrow(refused('gitCommit'))
    })

    test('is told by the build type alone: the current one names the workflow', () => {
      const mixed = bound(({ runDetails }) => {
        runDetails.builder.id = 'https://github.com/actions/runner/github-hosted'
      })
      expect(mixed).toThrow(refused('builder.id'))
    })
  })

  describe('of a build type that is not known', () => {
    const unknown = (edit: (predicate: Edited) => void) =>
      bound((predicate) => {
        predicate.buildDefinition.buildType = 'https://example.com/build/v1'
        edit(predicate)
      })

    test('say the same when the payload says less', () => {
      const less = unknown((predicate) => {
        predicate.buildDefinition.externalParameters = { source: 'x' }
        predicate.buildDefinition.internalParameters = {}
        predicate.buildDefinition.resolvedDependencies = [{ uri: 'pkg:oci/base', digest: { sha256: digest } }]
        predicate.runDetails.metadata = { invocationId: '9f1c' }
      })
      expect(less).not.toThrow()
    })

    test.each<[string, (predicate: Edited) => void]>([
      ['builder.id', ({ runDetails }) => Object.assign(runDetails.builder, { id: 'https://example.com' })],
      [
        'repository',
        ({ buildDefinition }) =>
          Object.assign(buildDefinition.externalParameters.workflow, {
            repository: 'https://github.com/x/y',
          }),
      ],
      [
        'invocationId',
        ({ runDetails }) =>
          Object.assign(runDetails.metadata, { invocationId: `${repository}/actions/runs/1/attempts/1` }),
      ],
      [
        'runner_environment',
        ({ buildDefinition }) =>
          Object.assign(buildDefinition.internalParameters.github, { runner_environment: 'self-hosted' }),
      ],
    ])('differ when %s does', (member, edit) => {
      expect(unknown(edit)).toThrow(refused(member))
    })
  })

  describe('of a local build', () => {
    const local = (edit: (predicate: Edited) => void = () => {}) =>
      bound((predicate) => {
        predicate.buildDefinition.buildType = LOCAL_BUILD_TYPE
        predicate.runDetails.builder.id = LOCAL_BUILDER
        edit(predicate)
      })

    test('say the same though the builder is nobody', () => {
      expect(local()).not.toThrow()
      expect(
        local(({ runDetails }) => Object.assign(runDetails.builder, { id: 'https://example.com' })),
      ).toThrow(refused('builder.id'))
    })

    test.each(['repository', 'ref', 'path'])('differ when the %s that it names does', (name) => {
      const other = local(({ buildDefinition }) => {
        buildDefinition.externalParameters.workflow[name] = 'refs/heads/evil'
      })
      expect(other).toThrow(refused(`workflow.${name}`))
    })
  })
})
