import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BUNDLE_MEDIA_TYPE,
  folderStore,
  hashTree,
  isUnchanged,
  keyHint,
  OMS_TYPE,
  PROVENANCE_TYPE,
  readPublicKey,
  readTrustRoot,
  verifyEvidence,
  verifyModel,
} from '@sluice/evidence'
import { openLayout, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { predicateType, statement, TEST_RESULT_TYPE, testResultStatement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const KEY = { 'keys/private.pem': keys.privatePem }
const MODEL = { 'model/weights.bin': 'weights', 'model/config.json': '{}' }

const run = (context: TestContext, given: Partial<Inputs>) =>
  action.run(inputsWith(action, { key: 'keys/private.pem', ...given }), context)
const expectation = (digest: string, predicateType: string) => ({
  subject: { digest },
  predicateType,
  signedBy: { key: keys.publicPem },
  now: new Date('2026-03-03T12:00:01Z'),
  maxAgeSeconds: 60,
})

test('a directory gets its OMS signature and provenance, in a folder', async () => {
  await using context = await testContext({ files: { ...KEY, ...MODEL } })
  const result = await run(context, { path: 'model', signature: 'model/model.sig' })
  expect(result).toMatchObject({
    verdict: 'pass',
    outputs: { digest: expect.stringMatching(/^sha256:/), subject: expect.stringMatching(/^model@sha256:/) },
  })
  const digest = result.outputs['digest'] ?? ''
  const bundles = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
  expect(bundles).toHaveLength(2)
  const model = await verifyModel(
    readFileSync(join(context.workspace.root, 'model/model.sig')),
    await hashTree(join(context.workspace.root, 'model')),
    { signedBy: { key: keys.publicPem }, now: new Date() },
  )
  expect(isUnchanged(model.difference)).toBe(true)
  const types = await Promise.all(
    bundles.map(({ bytes }) =>
      verifyEvidence(bytes, expectation(digest, PROVENANCE_TYPE)).then(
        () => PROVENANCE_TYPE,
        () => OMS_TYPE,
      ),
    ),
  )
  expect(types.toSorted()).toEqual([OMS_TYPE, PROVENANCE_TYPE].toSorted())
})

test('an artifact gets provenance as a referrer, and the statements of its gates', async () => {
  await using context = await testContext({ files: KEY })
  const layout = openLayout(join(context.workspace.root, 'image'))
  const { digest } = await writeArtifact(layout, {
    artifactType: 'application/vnd.example.model',
    layers: [],
    tag: 'v1',
  })
  const gate = testResultStatement(
    { name: 'image', digest },
    { check: 'pin-check', verdict: 'pass', configuration: [] },
  )
  await context.workspace.write('.sluice/pin-check.statement.json', JSON.stringify(gate))
  const result = await run(context, { subject: 'oci:image:v1', statements: ['.sluice/*.statement.json'] })
  expect(result.outputs).toMatchObject({ digest, subject: `oci:image@${digest}` })
  const referrers = await layout.referrers(digest, BUNDLE_MEDIA_TYPE)
  expect(
    referrers.map(({ annotations }) => annotations?.['dev.sigstore.bundle.predicateType']).toSorted(),
  ).toEqual([TEST_RESULT_TYPE, PROVENANCE_TYPE].toSorted())
})

test('a gate’s statement carries the time of signing, so that its age can be judged', async () => {
  await using context = await testContext({ files: KEY })
  const digest = `sha256:${'ab'.repeat(32)}`
  const gate = testResultStatement(
    { name: 'image', digest },
    { check: 'pin-check', verdict: 'fail', configuration: [] },
  )
  await context.workspace.write('gate.json', JSON.stringify(gate))
  await run(context, { statements: ['gate.json'] })
  const [bundle] = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
  await expect(verifyEvidence(bundle?.bytes, expectation(digest, TEST_RESULT_TYPE))).resolves.toMatchObject({
    signedAt: '2026-03-03T12:00:00.000Z',
    statement: { predicate: { result: 'FAILED' } },
  })
})

test('files are subjects under their full paths, so that two of one name are two', async () => {
  await using context = await testContext({ files: { ...KEY, 'a/model.bin': '1', 'b/model.bin': '2' } })
  const result = await run(context, { files: ['*/model.bin'] })
  expect(result.outputs['evidence']?.split('\n')).toHaveLength(1)
  const location = result.outputs['bundles']?.split('\n')[0] ?? ''
  const bundle = JSON.parse(readFileSync(join(context.workspace.root, location), 'utf8'))
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
  expect(statement.subject.map(({ name }: { name: string }) => name)).toEqual(['a/model.bin', 'b/model.bin'])
})

test('signs keyless by the identity of the job, with what is certified in the provenance', async () => {
  await using sigstore = await startSigstore()
  const claims = githubClaims()
  await using context = await testContext({
    files: {
      ...MODEL,
      'root.json': sigstore.trustedRoot,
      'data.csv': 'a',
      'sluice.yaml': 'signing:\n  dependencies:\n    - role: dataset\n      path: data.csv\n',
    },
    now: new Date().toISOString(),
    fetch,
    identityToken: async (audience) => sigstore.identityToken({ ...claims, aud: audience }),
    run: {
      kind: 'github',
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      repository: claims['repository'] ?? '',
      repositoryId: '1001',
      repositoryOwnerId: '42',
      sha: claims['sha'] ?? '',
      ref: claims['ref'] ?? '',
      workflowRef: claims['workflow_ref'] ?? '',
      workflowSha: claims['workflow_sha'] ?? '',
      runId: '77',
      runAttempt: '1',
      eventName: 'push',
      actor: 'someone',
      job: 'sign',
      runnerEnvironment: 'github-hosted',
      event: { inputs: { epochs: '10', 'api-token': 'x' } },
    },
  })
  const { url } = sigstore
  const result = await action.run(
    inputsWith(action, {
      path: 'model',
      predicates: ['provenance'],
      fulcioUrl: url,
      rekorUrl: url,
      tsaUrl: url,
      trustedRoot: 'root.json',
      workflowInputs: '{"image":"registry.example/m","canary":true}',
    }),
    context,
  )
  const digest = result.outputs['digest'] ?? ''
  const [bundle] = await folderStore(join(context.workspace.root, '.sluice/evidence')).list(digest)
  const verified = await verifyEvidence(bundle?.bytes, {
    subject: { digest },
    predicateType: PROVENANCE_TYPE,
    signedBy: {
      identity: `https://github.com/${claims['job_workflow_ref']}`,
      issuer: claims['iss'] ?? '',
      trustRoot: await readTrustRoot(sigstore.trustedRoot),
    },
    now: new Date(),
  })
  expect(verified.statement.predicate).toMatchObject({
    buildDefinition: {
      externalParameters: {
        inputs: { epochs: '10' },
        callInputs: { image: 'registry.example/m', canary: true },
      },
      internalParameters: { sluice: { redacted: ['inputs.api-token'] } },
      resolvedDependencies: [{}, { name: 'data.csv', annotations: { role: 'dataset', checked: 'hashed' } }],
    },
  })
})

test('a service that fails leaves nothing stored', async () => {
  await using sigstore = await startSigstore()
  await using context = await testContext({
    files: MODEL,
    fetch,
    identityToken: async () => sigstore.identityToken(githubClaims()),
  })
  sigstore.fail('rekor', 400)
  const { url } = sigstore
  const signing = action.run(inputsWith(action, { path: 'model', fulcioUrl: url, rekorUrl: url }), context)
  await expect(signing).rejects.toMatchObject({ code: 'SIGN_LOG_FAILED', kind: 'surroundings' })
  await expect(context.workspace.exists('.sluice')).resolves.toBe(false)
})

test('an encrypted key opens with the variable, which is hidden', async () => {
  const secret = keyPair('secret')
  await using context = await testContext({
    files: { ...MODEL },
    variables: { KEY: secret.privatePem, SLUICE_KEY_PASSWORD: 'secret' },
  })
  const hidden: string[] = []
  const watched = Object.assign(context, { mask: (value: string) => void hidden.push(value) })
  const result = await run(watched, { key: 'env://KEY', path: 'model' })
  expect(result.headline).toContain(keyHint(readPublicKey(secret.publicPem)).slice(0, 16))
  expect(hidden).toEqual(['secret', secret.privatePem])
})

describe('is refused, with nothing stored', () => {
  const other = JSON.stringify(
    testResultStatement(
      { name: 'x', digest: `sha256:${'cd'.repeat(32)}` },
      { check: 'c', verdict: 'pass', configuration: [] },
    ),
  )
  test.each<[string, Partial<Inputs>, Record<string, string>, string]>([
    [
      'a statement about something else',
      { path: 'model', statements: ['other.json'] },
      { 'other.json': other },
      'SIGN_STATEMENT_SUBJECT',
    ],
    [
      'a statement that is none',
      { statements: ['other.json'] },
      { 'other.json': '{}' },
      'EVIDENCE_STATEMENT_TYPE',
    ],
    ...[['promotion', {}] as const, ['rollback', {}] as const, ['rollout', { sequence: 1 }] as const].map(
      ([kind, predicate]): [string, Partial<Inputs>, Record<string, string>, string] => [
        `a ${kind} that the ledger would believe, out of a file`,
        { statements: ['other.json'] },
        {
          'other.json': JSON.stringify(
            statement({ name: 'x', digest: `sha256:${'cd'.repeat(32)}` }, predicateType(kind), predicate),
          ),
        },
        'SIGN_STATEMENT_TYPE',
      ],
    ),
    ...[
      PROVENANCE_TYPE,
      'https://slsa.dev/provenance/v0.2',
      'https://model_signing/signature/v1.0',
      'https://model_signing/Digests/v0.1',
      'https://sigstore.dev/cosign/sign/v1',
    ].map((type): [string, Partial<Inputs>, Record<string, string>, string] => [
      `${type} out of a file`,
      { statements: ['other.json'] },
      { 'other.json': other.replace(TEST_RESULT_TYPE, type) },
      'SIGN_STATEMENT_TYPE',
    ]),
    ['statements that are not there', { statements: ['none/*.json'] }, {}, 'SIGN_STATEMENTS_NOT_FOUND'],
    ['nothing', {}, {}, 'SIGN_NOTHING'],
    ['two subjects', { path: 'model', files: ['**'] }, {}, 'SIGN_TARGETS'],
    ['an unknown predicate', { path: 'model', predicates: ['slsa'] }, {}, 'SIGN_PREDICATE'],
    [
      'the model signature of files',
      { files: ['model/*'], predicates: ['model-signature'] },
      {},
      'SIGN_PREDICATE',
    ],
    ['files that are not there', { files: ['none'] }, {}, 'SIGN_FILES_NOT_FOUND'],
    ['a key that is none', { path: 'model', key: 'model/config.json' }, {}, 'SIGN_KEY_UNREADABLE'],
    ['a key that is not there', { path: 'model', key: 'none.pem' }, {}, 'FILE_NOT_FOUND'],
    [
      'an encrypted key without its password',
      { path: 'model', key: 'secret.pem' },
      { 'secret.pem': keyPair('secret').privatePem },
      'SIGN_KEY_PASSWORD',
    ],
    ['no key and no token', { path: 'model', key: undefined as never }, {}, 'OIDC_TOKEN_UNAVAILABLE'],
    [
      'a dependency that is not there',
      { path: 'model' },
      { 'sluice.yaml': 'signing:\n  dependencies:\n    - role: dataset\n      path: gone.csv\n' },
      'SIGN_DEPENDENCY_MISSING',
    ],
    ['a folder outside as store', { path: 'model', store: ['../outside'] }, {}, 'PATH_OUTSIDE_WORKSPACE'],
    ['a registry’s store for a directory', { path: 'model', store: ['oci'] }, {}, 'STORE_NO_REPOSITORY'],
  ])('%s', async (_what, inputs, files, code) => {
    await using context = await testContext({ files: { ...KEY, ...MODEL, ...files } })
    await expect(run(context, inputs)).rejects.toMatchObject({ code })
    await expect(context.workspace.exists('.sluice')).resolves.toBe(false)
  })
})
