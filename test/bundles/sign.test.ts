import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { describe, expect, test } from 'vitest'
import { type Runner, runBundle, startRunner } from './rig.js'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const KEY = { 'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
const MODEL = { 'model/weights.bin': 'weights', 'model/config.json': '{}' }

/** Whether nothing at all was stored. */
const untouched = (runner: Runner) => !existsSync(join(runner.workspace, '.sluice/evidence'))

test('signs a directory by key, and says what gates take as their subject', async () => {
  await using runner = await startRunner({ ...KEY, ...MODEL })
  const step = await runner.run('sign', { inputs: { path: 'model', key: 'key.pem', signature: 'model.sig' } })
  expect(step).toMatchObject({
    code: 0,
    outputs: { verdict: 'pass', subject: expect.stringMatching(/^model@sha256:[0-9a-f]{64}$/) },
  })
  expect(step.outputs['bundles']?.split('\n')).toHaveLength(3)
  expect(JSON.parse(readFileSync(join(runner.workspace, 'model.sig'), 'utf8')).mediaType).toBe(
    'application/vnd.dev.sigstore.bundle.v0.3+json',
  )
  const provenance = step.outputs['bundles']
    ?.split('\n')
    .map((file) => JSON.parse(readFileSync(join(runner.workspace, file), 'utf8')))
    .map(({ dsseEnvelope }) => JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()))
    .find(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1')
  expect(provenance.predicate.runDetails.builder.id).toBe(
    'https://github.com/octo-org/flight-delays/.github/workflows/release.yml@refs/heads/main',
  )
})

test('signs what a gate found about an artifact in a registry', async () => {
  await using registry = await startRegistry()
  const name = `${registry.host}/dev/model`
  const { digest } = await writeArtifact(await openRepository(name, { fetch }), {
    artifactType: 'application/vnd.example.model',
    layers: [],
  })
  await using runner = await startRunner({
    ...KEY,
    Dockerfile: `FROM python:3.13@sha256:${'a1'.repeat(32)}\n`,
  })
  const gate = await runner.run('pin-check', { inputs: { subject: `model@${digest}` } })
  expect(gate.code).toBe(0)
  const step = await runner.run('sign', {
    inputs: { subject: `${name}@${digest}`, statements: gate.outputs['statement'] ?? '', key: 'key.pem' },
  })
  expect(step).toMatchObject({ code: 0, outputs: { digest } })
  const repository = await openRepository(name, { fetch })
  await expect(repository.referrers(digest)).resolves.toHaveLength(2)
})

test('signs by the identity of the job, and shows its token nowhere', async () => {
  await using sigstore = await startSigstore()
  const env = sigstore.jobEnvironment(githubClaims({ repository: 'octo-org/flight-delays' }))
  const { url } = sigstore
  await using runner = await startRunner({ ...MODEL, 'root.json': sigstore.trustedRoot })
  const inputs = {
    path: 'model',
    'fulcio-url': url,
    'rekor-url': url,
    'tsa-url': url,
    'trusted-root': 'root.json',
    predicates: 'model-signature',
  }
  const step = await runner.run('sign', { inputs, env })
  expect(step).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
  expect(sigstore.logged()).toBe(1)
  const shown = step.stdout
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n')
  expect(shown + step.stderr + step.summary + JSON.stringify(step.report)).not.toMatch(/eyJ[\w-]{20,}/)
})

test('stores nothing when a service fails', async () => {
  await using sigstore = await startSigstore()
  const env = sigstore.jobEnvironment(githubClaims())
  const { url } = sigstore
  sigstore.fail('rekor', 400)
  await using runner = await startRunner(MODEL)
  const step = await runner.run('sign', {
    inputs: { path: 'model', 'fulcio-url': url, 'rekor-url': url },
    env,
  })
  expect(step.code).toBe(3)
  expect(step.report.error).toMatchObject({ code: 'SIGN_LOG_FAILED', remedy: expect.any(String) })
  expect(untouched(runner)).toBe(true)
})

describe('wrong input gives its code and stores nothing', () => {
  test.each<[string, Record<string, string>, Record<string, string>, string, number]>([
    ['a directory that is not there', { path: 'none', key: 'key.pem' }, {}, 'HASH_UNREADABLE', 2],
    ['a key that is not there', { path: 'model', key: 'none.pem' }, {}, 'FILE_NOT_FOUND', 2],
    ['no key and no token', { path: 'model' }, {}, 'OIDC_TOKEN_UNAVAILABLE', 2],
    [
      'malformed YAML',
      { path: 'model', key: 'key.pem' },
      { 'sluice.yaml': 'signing: [' },
      'CONFIG_MALFORMED',
      2,
    ],
    ['a path outside', { path: '../..', key: 'key.pem' }, {}, 'PATH_OUTSIDE_WORKSPACE', 2],
    [
      'a registry that cannot be reached',
      { subject: `127.0.0.1:1/x@sha256:${'a'.repeat(64)}`, key: 'key.pem' },
      {},
      'OCI_UNREACHABLE',
      3,
    ],
    [
      'a statement about something else',
      { path: 'model', key: 'key.pem', statements: 'gate.json' },
      {
        'gate.json': JSON.stringify({
          _type: 'https://in-toto.io/Statement/v1',
          subject: [{ name: 'x', digest: { sha256: 'a'.repeat(64) } }],
          predicateType: 'https://example.com/v1',
          predicate: {},
        }),
      },
      'SIGN_STATEMENT_SUBJECT',
      1,
    ],
  ])('%s', async (_what, inputs, files, code, exit) => {
    await using runner = await startRunner({ ...KEY, ...MODEL, ...files })
    const step = await runner.run('sign', { inputs })
    expect(step.report.error).toMatchObject({ code, remedy: expect.any(String) })
    expect(step.code).toBe(exit)
    expect(untouched(runner)).toBe(true)
  })

  test('a link that leads out', async () => {
    await using runner = await startRunner({ ...KEY, ...MODEL })
    symlinkSync('/etc', join(runner.workspace, 'model/code'))
    const step = await runner.run('sign', { inputs: { path: 'model', key: 'key.pem' } })
    expect(step.report.error).toMatchObject({ code: 'HASH_NOT_A_FILE' })
    expect(step.code).toBe(2)
    expect(untouched(runner)).toBe(true)
  })
})

test('explains itself on a command line', async () => {
  await using runner = await startRunner({ ...KEY, ...MODEL })
  const step = await runner.command('sign', ['--path', 'model', '--key', 'key.pem'])
  expect(step).toMatchObject({ code: 0, stdout: expect.stringContaining('Signed 2 statements about model') })
  const { code } = await runBundle('sign', { inputs: {} })
  expect(code).toBe(2)
})
