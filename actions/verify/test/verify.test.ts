import { appendFileSync, chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { openLayout, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const FILES = {
  'private.pem': keys.privatePem,
  'public.pem': keys.publicPem,
  'other.pem': keyPair().publicPem,
  'model/weights.bin': 'weights',
  'model/config.json': '{}',
  'model/sub/vocab.txt': 'a\nb\n',
}
const verify = (context: TestContext, given: Partial<Inputs>) =>
  action.run(inputsWith(action, { key: 'public.pem', ...given }), context)
const signed = async (
  given: Parameters<typeof inputsWith<typeof sign.inputs>>[1],
  files: Record<string, string> = {},
) => {
  const context = await testContext({ files: { ...FILES, ...files } })
  const result = await sign.run(inputsWith(sign, { key: 'private.pem', ...given }), context)
  return Object.assign(context, { result, file: (path: string) => join(context.workspace.root, path) })
}

describe('a directory', () => {
  test('passes as it was signed', async () => {
    await using context = await signed({ path: 'model' })
    const result = await verify(context, { path: 'model', predicateTypes: ['model-signature', 'provenance'] })
    expect(result).toMatchObject({
      verdict: 'pass',
      findings: [],
      outputs: { verified: '2', digest: context.result.outputs['digest'] },
    })
  })

  test('passes with its signature beside it and no store', async () => {
    await using context = await signed({
      path: 'model',
      predicates: ['model-signature'],
      signature: 'model/model.sig',
    })
    rmSync(context.file('.sluice'), { recursive: true })
    await expect(verify(context, { path: 'model' })).resolves.toMatchObject({ verdict: 'pass' })
  })

  test.each<[string, (file: (path: string) => string) => void, object[]]>([
    [
      'a byte was changed',
      (file) => writeFileSync(file('model/weights.bin'), 'weightz'),
      [{ rule: 'verify/file-changed', location: { file: 'model/weights.bin' } }],
    ],
    [
      'a byte was added',
      (file) => appendFileSync(file('model/config.json'), ' '),
      [{ rule: 'verify/file-changed', location: { file: 'model/config.json' } }],
    ],
    [
      'a file was added',
      (file) => writeFileSync(file('model/sub/code.py'), ''),
      [{ rule: 'verify/file-extra', location: { file: 'model/sub/code.py' } }],
    ],
    ['a file was removed', (file) => rmSync(file('model/sub/vocab.txt')), [{ rule: 'verify/file-missing' }]],
    [
      'a file was renamed',
      (file) => renameSync(file('model/config.json'), file('model/evil.json')),
      [{ rule: 'verify/file-missing' }, { rule: 'verify/file-extra' }],
    ],
    [
      'a link was put into it',
      (file) => symlinkSync('/etc', file('model/code')),
      [{ rule: 'verify/hash-not-a-file' }],
    ],
  ])('fails file by file when %s', async (_what, spoil, findings) => {
    await using context = await signed({ path: 'model' })
    spoil(context.file)
    const result = await verify(context, { path: 'model' })
    expect(result.verdict).toBe('fail')
    expect(result.findings).toMatchObject(findings)
    expect(result.findings).toHaveLength(findings.length)
    expect(result.findings[0]?.remedy).toBeTruthy()
  })

  test('that nobody signed fails', async () => {
    await using context = await testContext({ files: FILES })
    await expect(verify(context, { path: 'model' })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/none' }],
    })
  })

  test('that another signed fails, though it is unchanged', async () => {
    await using context = await signed({ path: 'model' })
    await expect(verify(context, { path: 'model', key: 'other.pem' })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/signature-invalid' }],
    })
  })

  test('whose provenance is missing fails, though its signature is there', async () => {
    await using context = await signed({ path: 'model', predicates: ['model-signature'] })
    const result = await verify(context, { path: 'model', predicateTypes: ['model-signature', 'provenance'] })
    expect(result).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/none', message: expect.stringContaining('slsa.dev/provenance') }],
      outputs: { verified: '1' },
    })
  })

  test('a model signed by key has no time, so its age cannot be enough', async () => {
    await using context = await signed({ path: 'model' })
    await expect(verify(context, { path: 'model', maxAgeSeconds: 60 })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/timestamp-missing' }],
    })
    const provenance = { path: 'model', predicateTypes: ['provenance'], maxAgeSeconds: 60 }
    await expect(verify(context, provenance)).resolves.toMatchObject({ verdict: 'pass' })
    await context.clock.sleep(61_000)
    await expect(verify(context, provenance)).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/stale' }],
    })
  })
})

describe('an artifact', () => {
  const artifact = async () => {
    const context = await testContext({ files: FILES })
    const layout = openLayout(join(context.workspace.root, 'image'))
    const layers = [{ mediaType: 'application/octet-stream', content: Buffer.from('weights of the model') }]
    const { digest } = await writeArtifact(layout, {
      artifactType: 'application/vnd.example.model',
      layers,
      tag: 'v1',
    })
    await sign.run(inputsWith(sign, { key: 'private.pem', subject: 'oci:image:v1' }), context)
    const {
      layers: [layer],
    } = JSON.parse(Buffer.from((await layout.manifest(digest)).bytes).toString())
    const blob = join(context.workspace.root, 'image/blobs/sha256', layer.digest.slice('sha256:'.length))
    return Object.assign(context, { digest, blob })
  }

  test('passes as it was signed, by tag or digest', async () => {
    await using context = await artifact()
    const passed = { verdict: 'pass', outputs: { digest: context.digest, verified: '1' } }
    await expect(verify(context, { subject: 'oci:image:v1' })).resolves.toMatchObject(passed)
    await expect(verify(context, { subject: `oci:image@${context.digest}` })).resolves.toMatchObject(passed)
  })

  test('fails when a byte of its content was changed where it is stored', async () => {
    await using context = await artifact()
    chmodSync(context.blob, 0o644)
    writeFileSync(context.blob, 'weights of the modeL')
    await expect(verify(context, { subject: 'oci:image:v1' })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/content-changed' }],
    })
  })

  test('fails without the evidence that is asked for', async () => {
    await using context = await artifact()
    await expect(
      verify(context, { subject: 'oci:image:v1', predicateTypes: ['vulns'] }),
    ).resolves.toMatchObject({ verdict: 'fail', findings: [{ rule: 'verify/none' }] })
  })
})

describe('files', () => {
  test('pass as they were signed', async () => {
    await using context = await signed({ files: ['model/**'] })
    await expect(verify(context, { files: ['model/**'] })).resolves.toMatchObject({
      verdict: 'pass',
      headline: expect.stringContaining('3 files are what was signed'),
      outputs: { verified: '1' },
    })
  })

  test('fail when one changed, or stands under another name', async () => {
    await using context = await signed({ files: ['model/**'] })
    renameSync(context.file('model/config.json'), context.file('model/evil.json'))
    writeFileSync(context.file('model/weights.bin'), 'changed')
    const result = await verify(context, { files: ['model/**'] })
    expect(result.verdict).toBe('fail')
    expect(result.findings.map(({ message }) => message.split(':')[0])).toEqual([
      'model/evil.json',
      'model/weights.bin',
    ])
    // The other file of the same statement was signed under its own name.
    expect(result.findings[0]?.message).toContain('signed as "model/config.json"; expected')
  })
})

test('verifies by identity against a private Sigstore, and names who signed when it was another', async () => {
  await using sigstore = await startSigstore()
  const claims = githubClaims()
  await using context = await testContext({
    files: { ...FILES, 'root.json': sigstore.trustedRoot },
    now: new Date().toISOString(),
    fetch,
    identityToken: async () => sigstore.identityToken(claims),
  })
  const { url } = sigstore
  await sign.run(
    inputsWith(sign, {
      path: 'model',
      predicates: ['model-signature'],
      fulcioUrl: url,
      rekorUrl: url,
      tsaUrl: url,
    }),
    context,
  )
  const identity = `https://github.com/${claims['job_workflow_ref']}`
  const by = (name: string, issuer = claims['iss'] ?? '') =>
    action.run(
      inputsWith(action, {
        path: 'model',
        identity: name,
        issuer,
        trustedRoot: 'root.json',
        maxAgeSeconds: 600,
      }),
      context,
    )
  await expect(by(identity)).resolves.toMatchObject({
    verdict: 'pass',
    headline: expect.stringContaining(identity),
  })
  await expect(by(`${identity}x`)).resolves.toMatchObject({
    verdict: 'fail',
    findings: [{ rule: 'verify/identity-mismatch', message: expect.stringContaining(identity) }],
  })
  await expect(by(identity, 'https://evil.example')).resolves.toMatchObject({
    findings: [{ rule: 'verify/issuer-mismatch' }],
  })
})

describe('nothing is examined', () => {
  test.each<[string, Partial<Inputs>, string]>([
    ['without a signer', { path: 'model', key: undefined as never }, 'VERIFY_SIGNER'],
    ['with a key and an identity', { path: 'model', identity: 'x' }, 'VERIFY_SIGNER'],
    ['without a subject', {}, 'VERIFY_TARGETS'],
    ['with two subjects', { path: 'model', files: ['model/**'] }, 'VERIFY_TARGETS'],
    ['with a private key', { path: 'model', key: 'private.pem' }, 'VERIFY_KEY_UNREADABLE'],
    ['with an unknown predicate type', { path: 'model', predicateTypes: ['slsa'] }, 'VERIFY_PREDICATE_TYPE'],
    ['when no file matches', { files: ['none/**'] }, 'VERIFY_FILES_NOT_FOUND'],
    ['when the directory is not there', { path: 'none' }, 'HASH_UNREADABLE'],
    ['when a bundle is not there', { path: 'model', bundles: ['none.json'] }, 'FILE_NOT_FOUND'],
    [
      'when the trust root is none',
      { path: 'model', trustedRoot: 'model/config.json' },
      'TRUST_ROOT_MALFORMED',
    ],
  ])('%s', async (_how, inputs, code) => {
    await using context = await testContext({ files: FILES })
    await expect(verify(context, inputs)).rejects.toMatchObject({ code })
  })
})
