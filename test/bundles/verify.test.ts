import { generateKeyPairSync } from 'node:crypto'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { describe, expect, test } from 'vitest'
import { type Runner, startRunner } from './rig.js'

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    open: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
const keys = pair()
const FILES = {
  'key.pem': keys.secret,
  'key.pub': keys.open,
  'other.pub': pair().open,
  'model/weights.bin': 'weights',
  'model/config.json': '{}',
  'model/sub/vocab.txt': 'a\nb\n',
}

async function signedModel(): Promise<Runner> {
  const runner = await startRunner(FILES)
  const step = await runner.run('sign', { inputs: { path: 'model', key: 'key.pem' } })
  expect(step.code).toBe(0)
  return runner
}
const check = (runner: Runner, inputs: Record<string, string> = {}) =>
  runner.run('verify', { inputs: { path: 'model', key: 'key.pub', ...inputs } })

test('passes a directory as it was signed', async () => {
  await using runner = await signedModel()
  const step = await check(runner, {
    'predicate-types': 'model-signature\nprovenance',
    'max-age-seconds': '',
  })
  expect(step).toMatchObject({ code: 0, outputs: { verdict: 'pass', verified: '2' } })
})

describe('fails, and says which file, when', () => {
  test.each<[string, (model: string) => void, string, string]>([
    [
      'one byte was changed',
      (model) => writeFileSync(join(model, 'weights.bin'), 'weightz'),
      'verify/file-changed',
      'weights.bin',
    ],
    [
      'a file was added',
      (model) => writeFileSync(join(model, 'sub/code.py'), ''),
      'verify/file-extra',
      'sub/code.py',
    ],
    [
      'a file was removed',
      (model) => rmSync(join(model, 'config.json')),
      'verify/file-missing',
      'config.json',
    ],
    [
      'a file was renamed',
      (model) => renameSync(join(model, 'config.json'), join(model, 'evil.json')),
      'verify/file-missing',
      'config.json',
    ],
    [
      'a link was put into it',
      (model) => symlinkSync('/etc', join(model, 'code')),
      'verify/hash-not-a-file',
      'code',
    ],
  ])('%s', async (_what, spoil, rule, file) => {
    await using runner = await signedModel()
    spoil(join(runner.workspace, 'model'))
    const step = await check(runner)
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
    expect(step.report.findings[0]).toMatchObject({ rule, message: expect.stringContaining(file) })
    expect(step.summary).toContain(file)
  })
})

test('fails when another signed, when nobody did, and when it is too old to tell', async () => {
  await using runner = await signedModel()
  await expect(check(runner, { key: 'other.pub' })).resolves.toMatchObject({
    code: 1,
    report: { findings: [{ rule: 'verify/signature-invalid' }] },
  })
  await expect(check(runner, { store: 'elsewhere' })).resolves.toMatchObject({
    code: 1,
    report: { findings: [{ rule: 'verify/none' }] },
  })
  await expect(check(runner, { 'max-age-seconds': '60' })).resolves.toMatchObject({
    code: 1,
    report: { findings: [{ rule: 'verify/timestamp-missing' }] },
  })
})

test('fails when a byte was changed in the registry, and when evidence is not about this', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'))
  await using registry = await startRegistry({ folder })
  await using runner = await startRunner(FILES)
  const name = `${registry.host}/dev/model`
  const repository = await openRepository(name, { fetch })
  const push = (weights: string) =>
    writeArtifact(repository, {
      artifactType: 'application/vnd.example.model',
      layers: [{ mediaType: 'application/octet-stream', content: Buffer.from(weights) }],
    })
  const { digest } = await push('weights of the model')
  const subject = `${name}@${digest}`
  expect((await runner.run('sign', { inputs: { subject, key: 'key.pem' } })).code).toBe(0)
  const inputs = { subject, key: 'key.pub' }
  await expect(runner.run('verify', { inputs })).resolves.toMatchObject({
    code: 0,
    outputs: { verdict: 'pass', digest },
  })

  const unsigned = await push('weights of another')
  await expect(
    runner.run('verify', { inputs: { ...inputs, subject: `${name}@${unsigned.digest}` } }),
  ).resolves.toMatchObject({ code: 1, report: { findings: [{ rule: 'verify/none' }] } })

  const manifest = JSON.parse(Buffer.from((await repository.manifest(digest)).bytes).toString())
  writeFileSync(
    join(folder, 'blobs/sha256', manifest.layers[0].digest.slice('sha256:'.length)),
    'weights of the modeL',
  )
  await expect(runner.run('verify', { inputs })).resolves.toMatchObject({
    code: 1,
    outputs: { verdict: 'fail' },
    report: { findings: [{ rule: 'verify/content-changed' }] },
  })
})

test('verifies by identity against a private Sigstore, exactly', async () => {
  await using sigstore = await startSigstore()
  const claims = githubClaims({ repository: 'octo-org/flight-delays' })
  await using runner = await startRunner({ ...FILES, 'root.json': sigstore.trustedRoot })
  const { url } = sigstore
  const signing = {
    path: 'model',
    predicates: 'model-signature',
    'fulcio-url': url,
    'rekor-url': url,
    'tsa-url': url,
  }
  const done = await runner.run('sign', { inputs: signing, env: sigstore.jobEnvironment(claims) })
  expect(done).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
  const identity = `https://github.com/${claims['job_workflow_ref']}`
  const by = (name: string) =>
    runner.run('verify', {
      inputs: { path: 'model', identity: name, 'trusted-root': 'root.json', 'max-age-seconds': '600' },
    })
  await expect(by(identity)).resolves.toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
  await expect(by('.*')).resolves.toMatchObject({
    code: 1,
    report: { findings: [{ rule: 'verify/identity-mismatch' }] },
  })
})

describe('wrong input gives its code', () => {
  test.each<[string, Record<string, string>, string, number]>([
    ['a directory that is not there', { path: 'none', key: 'key.pub' }, 'HASH_UNREADABLE', 2],
    ['nobody whose signature counts', { path: 'model' }, 'VERIFY_SIGNER', 2],
    ['a private key', { path: 'model', key: 'key.pem' }, 'VERIFY_KEY_UNREADABLE', 2],
    [
      'a trust root that is none',
      { path: 'model', identity: 'x', 'trusted-root': 'model/config.json' },
      'TRUST_ROOT_MALFORMED',
      2,
    ],
    [
      'a registry that cannot be reached',
      { subject: `127.0.0.1:1/x@sha256:${'a'.repeat(64)}`, key: 'key.pub' },
      'OCI_UNREACHABLE',
      3,
    ],
    [
      'a number that is none',
      { path: 'model', key: 'key.pub', 'max-age-seconds': 'day' },
      'INPUT_INVALID',
      2,
    ],
  ])('%s', async (_what, inputs, code, exit) => {
    await using runner = await startRunner(FILES)
    const step = await runner.run('verify', { inputs })
    expect(step.report.error).toMatchObject({ code, remedy: expect.any(String) })
    expect(step.code).toBe(exit)
  })
})
