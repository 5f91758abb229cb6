import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { copyClosure, openLayout, openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { shellWord } from '../src/evidence/shell-word.js'
import { sluice } from '../src/index.js'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const FILES = {
  'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'model/weights.bin': 'weights',
  'model/config.json': '{}',
  'data.csv': 'a,b\n',
}

/** The command line in a context's folder; nothing of it may reach the network. */
async function call(context: TestContext, ...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const asked: string[] = []
  const code = await sluice(argv, {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    fetch: async (url) => {
      asked.push(String(url))
      throw new Error('the network is off')
    },
  })
  return { code, out: out.join(''), err: err.join(''), asked }
}

type Given = Parameters<typeof inputsWith<typeof sign.inputs>>[1]
async function signed(...given: Given[]) {
  const context = await testContext({ files: FILES })
  for (const inputs of given) await sign.run(inputsWith(sign, { key: 'key.pem', ...inputs }), context)
  return Object.assign(context, { file: (path: string) => join(context.workspace.root, path) })
}

/** Exports, and takes away everything but the subject and the folder. */
async function exported(context: Awaited<ReturnType<typeof signed>>, ...argv: string[]) {
  const done = await call(context, 'evidence', 'export', ...argv, '--to', 'out')
  expect(done, done.err + done.out).toMatchObject({ code: 0 })
  await rm(context.file('.sluice'), { recursive: true })
  const policy = `sha256:${createHash('sha256')
    .update(readFileSync(context.file('out/policy.json')))
    .digest('hex')}`
  expect(done.out).toContain(policy)
  return policy
}

describe('a directory, exported', () => {
  const both = { path: 'model' }

  test('verifies by the folder alone, and no longer when a byte is another', async () => {
    await using context = await signed(both)
    const policy = await exported(context, 'model', '--key', 'key.pub')
    for (const file of ['key.pem', 'key.pub']) await rm(context.file(file))
    const verify = () => call(context, 'evidence', 'verify', 'out', '--path', 'model', '--policy', policy)
    const passed = await verify()
    expect(passed, passed.out).toMatchObject({ code: 0, asked: [] })
    writeFileSync(context.file('model/config.json'), '[]')
    expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining('config.json') })
  })

  test('carries what was not asked for too, as long as the same signer said it', async () => {
    await using context = await signed(both)
    await exported(context, 'model', '--key', 'key.pub')
    const [subject = ''] = readdirSync(context.file('out/evidence'))
    expect(readdirSync(context.file(`out/evidence/${subject}`))).toHaveLength(2)
    const ask = ['--path', 'model', '--key', 'out/key.pub', '--predicate-types', 'provenance']
    await expect(call(context, 'verify', ...ask, '--store', 'out/evidence')).resolves.toMatchObject({
      code: 0,
    })
  })

  test('decides nothing by its own policy, and refuses another', async () => {
    await using context = await signed(both)
    await exported(context, 'model', '--key', 'key.pub')
    expect(await call(context, 'evidence', 'verify', 'out', '--path', 'model')).toMatchObject({
      code: 3,
      out: expect.stringContaining('nothing from outside says'),
    })
    const other = `sha256:${'0'.repeat(64)}`
    expect(
      await call(context, 'evidence', 'verify', 'out', '--path', 'model', '--policy', other),
    ).toMatchObject({ code: 1, out: expect.stringContaining('evidence/policy-changed') })
  })

  test.each<[string, (file: (path: string) => string) => void, number, string]>([
    [
      'its key was changed',
      (file) => {
        const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
        writeFileSync(file('out/key.pub'), other.export({ type: 'spki', format: 'pem' }))
      },
      1,
      'EXPORT_CHANGED',
    ],
    [
      'its policy lets another file in',
      (file) => {
        const policy = readFileSync(file('out/policy.json'), 'utf8')
        writeFileSync(file('out/policy.json'), policy.replace('"ignore":[', '"ignore":["weights.bin",'))
      },
      1,
      'evidence/policy-changed',
    ],
    [
      'its policy says where evidence is',
      (file) => {
        const policy = readFileSync(file('out/policy.json'), 'utf8')
        writeFileSync(file('out/policy.json'), policy.replace('{', '{"store":["/elsewhere"],'))
      },
      2,
      'EXPORT_MALFORMED',
    ],
    [
      'its policy asks for what nobody knows',
      (file) => {
        const policy = readFileSync(file('out/policy.json'), 'utf8')
        writeFileSync(file('out/policy.json'), policy.replace('{', '{"two-persons":true,'))
      },
      2,
      'EXPORT_MALFORMED',
    ],
  ])('is refused when %s', async (_what, spoil, code, says) => {
    await using context = await signed(both)
    const policy = await exported(context, 'model', '--key', 'key.pub')
    spoil(context.file)
    const done = await call(context, 'evidence', 'verify', 'out', '--path', 'model', '--policy', policy)
    expect(done.code).toBe(code)
    expect(done.out + done.err).toContain(says)
  })

  test('sluice.yaml of the machine at hand lets nothing in', async () => {
    await using context = await signed(both)
    const policy = await exported(context, 'model', '--key', 'key.pub')
    writeFileSync(context.file('model/extra.py'), 'evil')
    writeFileSync(context.file('sluice.yaml'), 'signing:\n  ignore: [extra.py]\n')
    expect(
      await call(context, 'evidence', 'verify', 'out', '--path', 'model', '--policy', policy),
    ).toMatchObject({ code: 1, out: expect.stringContaining('extra.py') })
  })
})

test('a file and an artifact in a layout are exported and verify', async () => {
  await using context = await signed({ files: ['data.csv'] })
  const layout = openLayout(context.file('image'))
  const layers = [{ mediaType: 'application/octet-stream', content: Buffer.from('weights') }]
  await writeArtifact(layout, { artifactType: 'application/vnd.example.model', layers, tag: 'v1' })
  await sign.run(inputsWith(sign, { key: 'key.pem', subject: 'oci:image:v1' }), context)
  const file = await call(context, 'evidence', 'export', 'data.csv', '--key', 'key.pub', '--to', 'one')
  expect(file, file.out).toMatchObject({ code: 0 })
  const image = await call(context, 'evidence', 'export', 'oci:image:v1', '--key', 'key.pub', '--to', 'two')
  expect(image, image.out).toMatchObject({ code: 0 })
  expect(existsSync(context.file('two/manifest.json'))).toBe(true)
  expect(JSON.parse(readFileSync(context.file('two/verification_summary.json'), 'utf8'))).toMatchObject({
    predicate: { verificationResult: 'PASSED' },
  })
  expect(existsSync(context.file('.sluice/evidence-export.statement.json'))).toBe(false)
  const policy = /sha256:[0-9a-f]{64}/.exec(image.out.slice(image.out.indexOf('policy is')))?.[0] ?? ''
  // One policy for both: where a subject lies is no part of what is asked.
  expect(file.out).toContain(policy)
  const verify = (folder: string, ...about: string[]) =>
    call(context, 'evidence', 'verify', folder, ...about, '--policy', policy)
  await expect(verify('one', '--files', 'data.csv')).resolves.toMatchObject({ code: 0, asked: [] })
  await expect(verify('two', '--subject', 'oci:image:v1')).resolves.toMatchObject({ code: 0, asked: [] })
  await expect(verify('two', '--files', 'data.csv')).resolves.toMatchObject({ code: 1 })
  await expect(verify('two', '--subject', `ghcr.io/acme/x@sha256:${'0'.repeat(64)}`)).resolves.toMatchObject({
    code: 2,
    out: expect.stringContaining('EXPORT_OFFLINE'),
    asked: [],
  })
})

test('an image in a registry is exported, and verifies as the layout that it travels in', async () => {
  await using registry = await startRegistry()
  await using context = await testContext({ files: FILES, fetch })
  const name = `${registry.host}/dev/model`
  const repository = await openRepository(name, { fetch })
  const layers = [{ mediaType: 'application/octet-stream', content: Buffer.from('weights') }]
  const { digest } = await writeArtifact(repository, {
    artifactType: 'application/vnd.example.model',
    layers,
  })
  const subject = `${name}@${digest}`
  await sign.run(inputsWith(sign, { key: 'key.pem', subject }), context)
  const out: string[] = []
  const code = await sluice(['evidence', 'export', subject, '--key', 'key.pub', '--to', 'out'], {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => out.push(text),
    fetch,
  })
  expect(code, out.join('')).toBe(0)
  await copyClosure(repository, digest, openLayout(join(context.workspace.root, 'image')))
  await registry[Symbol.asyncDispose]()
  const policy = /policy is (sha256:[0-9a-f]{64})/.exec(out.join(''))?.[1] ?? ''
  await expect(
    call(context, 'evidence', 'verify', 'out', '--subject', `oci:image@${digest}`, '--policy', policy),
  ).resolves.toMatchObject({ code: 0, asked: [] })
})

test('what does not verify is not exported, and an export is written over nothing', async () => {
  await using context = await signed({ path: 'model' })
  expect(
    await call(context, 'evidence', 'export', 'data.csv', '--key', 'key.pub', '--to', 'out'),
  ).toMatchObject({ code: 1, out: expect.stringContaining('Nothing was exported') })
  expect(existsSync(context.file('out'))).toBe(false)
  const done = await call(context, 'evidence', 'export', 'model', '--key', 'key.pub', '--to', 'model')
  expect(done.code).toBe(2)
  expect(done.out).toContain('EXPORT_EXISTS')
})

test('a keyless signature of a private Sigstore is exported with its trust root, and needs nothing of github.com', async () => {
  await using sigstore = await startSigstore()
  const claims = githubClaims()
  const { url } = sigstore
  await using context = Object.assign(
    await testContext({
      files: { ...FILES, 'root.json': sigstore.trustedRoot },
      now: new Date().toISOString(),
      fetch,
      identityToken: async () => sigstore.identityToken(claims),
    }),
    {},
  )
  const services = { fulcioUrl: url, rekorUrl: url, tsaUrl: url }
  await sign.run(inputsWith(sign, { files: ['data.csv'], ...services }), context)
  const identity = `https://github.com/${claims['job_workflow_ref']}`
  const done = await call(
    context,
    ...[
      'evidence',
      'export',
      'data.csv',
      '--identity',
      identity,
      '--trusted-root',
      'root.json',
      '--to',
      'out',
    ],
  )
  expect(done, done.out + done.err).toMatchObject({ code: 0, asked: [] })
  await cp(join(context.workspace.root, 'out'), join(context.workspace.root, 'moved'), { recursive: true })
  await rm(join(context.workspace.root, 'root.json'))
  const policy = /sha256:[0-9a-f]{64}/.exec(done.out.slice(done.out.indexOf('policy is')))?.[0] ?? ''
  await expect(
    call(context, 'evidence', 'verify', 'moved', '--files', 'data.csv', '--policy', policy),
  ).resolves.toMatchObject({ code: 0, asked: [] })
  const readme = await context.workspace.readText('out/README.md')
  expect(readme).toContain(policy)
  expect(readme).toContain('gh attestation verify')
  expect(readme).toContain(`--certificate-identity ${identity}`)
  expect((await context.workspace.readText('out/trusted_root.jsonl')).trim().split('\n')).toHaveLength(1)
})

test('offers model_signing what it can read, and nothing else', async () => {
  const offered = async (...given: Given[]) => {
    await using context = await signed(...given)
    const path = given[0]?.path ?? ''
    await exported(context, '--path', path, '--key', 'key.pub')
    return (await context.workspace.readText('out/README.md')).includes('model_signing verify')
  }
  await expect(offered({ path: 'model' })).resolves.toBe(true)
  await expect(offered({ path: 'model', modelMethod: 'shards' })).resolves.toBe(false)
  await expect(offered({ path: 'model', modelHash: 'blake3' })).resolves.toBe(false)
  await expect(offered({ path: 'model/weights.bin' })).resolves.toBe(false)
})

test.each([
  ['model', 'model'],
  ["it's; rm -rf ~", "'it'\\''s; rm -rf ~'"],
  ['a\n```\nb', "'a  b'"],
])('%j is one word of a shell', (text, word) => {
  expect(shellWord(text)).toBe(word)
})
