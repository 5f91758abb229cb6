import { generateKeyPairSync } from 'node:crypto'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { folderStore, keySigner, signStatement } from '@sluice/evidence'
import { digestOf, openLayout, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { type Report, statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { sluice } from '../src/index.js'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const FILES = {
  'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'model/weights.bin': 'weights',
  'model/config.json': '{}',
  'data.csv': 'a,b\n',
}

async function explain(context: TestContext, ...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await sluice(['explain', ...argv, '--format', 'json'], {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    fetch: async () => {
      throw new Error('the network is off')
    },
  })
  const report = JSON.parse(out.join('')) as Report
  const rules = report.findings.map(({ rule }) => rule.replace('explain/', ''))
  const rows = report.sections.flatMap((section) => (section.kind === 'table' ? section.rows : []))
  return { code, report, rules, rows, text: out.join('') + err.join('') }
}

type Given = Parameters<typeof inputsWith<typeof sign.inputs>>[1]
async function signed(given: Given, files: Record<string, string> = {}) {
  const context = await testContext({ files: { ...FILES, ...files } })
  await sign.run(inputsWith(sign, { key: 'key.pem', ...given }), context)
  return Object.assign(context, { file: (path: string) => join(context.workspace.root, path) })
}

describe('a directory', () => {
  test('is explained with its signer named: what holds, and what a key leaves open', async () => {
    await using context = await signed({ path: 'model' })
    const { code, report, rules, rows } = await explain(context, 'model', '--key', 'key.pub')
    expect(code).toBe(0)
    expect(report.verdict).toBe('pass')
    expect(rows.filter(([, standing]) => standing === 'verified')).toHaveLength(2)
    // A key certifies no builder.
    expect(rows).toContainEqual(['builder', expect.stringContaining('unattested'), 'the signer’s word'])
    expect(rules).toEqual(['local-build', 'no-trusted-time', 'not-logged', 'no-gates', 'no-age-limit'])
  })

  test('without a signer named nothing is verified, and it says so in every row', async () => {
    await using context = await signed({ path: 'model' })
    const { code, report, rules, text } = await explain(context, 'model')
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'inconclusive' })
    expect(rules).toContain('not-verified')
    expect(text).toContain('NOT VERIFIED')
    expect(text).not.toContain('"verified"')
    expect((await explain(context, 'model', '--fail-on', 'fail')).code).toBe(3)
  })

  test('names what is ignored, unsigned, changed, or a link', async () => {
    await using context = await signed({ path: 'model' }, { 'model/.github/run.py': 'x' })
    const key = ['--key', 'key.pub']
    const ignored = await explain(context, 'model', ...key)
    expect(ignored.report.findings).toContainEqual(
      expect.objectContaining({
        rule: 'explain/ignored-paths',
        message: expect.stringContaining('".github"'),
      }),
    )
    writeFileSync(context.file('model/extra.py'), 'x')
    writeFileSync(context.file('model/config.json'), '[]')
    const changed = await explain(context, 'model', ...key)
    expect(changed.report.verdict).toBe('inconclusive')
    expect(changed.report.findings).toContainEqual(
      expect.objectContaining({
        rule: 'explain/not-as-signed',
        message: expect.stringMatching(/changed: "config\.json"; unsigned: "extra\.py"/),
      }),
    )
    symlinkSync('/etc', context.file('model/link'))
    expect((await explain(context, 'model', ...key)).rules).toContain('unfit-directory')
  })
})

test('a file under another name than it was signed, and what nobody signed', async () => {
  await using context = await signed({ files: ['data.csv'] }, { 'other.csv': 'a,b\n', 'new.csv': 'c\n' })
  expect((await explain(context, 'data.csv', '--key', 'key.pub')).rules).not.toContain('other-name')
  expect((await explain(context, 'other.csv', '--key', 'key.pub')).rules).toContain('other-name')
  expect((await explain(context, 'new.csv', '--key', 'key.pub')).rules).toContain('no-evidence')
})

test('an artifact named by a tag is told to be movable, by digest it is not', async () => {
  await using context = await testContext({ files: FILES })
  const layout = openLayout(join(context.workspace.root, 'image'))
  const { digest } = await writeArtifact(layout, {
    artifactType: 'application/vnd.example.model',
    layers: [],
    tag: 'v1',
  })
  await sign.run(inputsWith(sign, { key: 'key.pem', subject: 'oci:image:v1' }), context)
  const key = ['--key', 'key.pub']
  expect((await explain(context, 'oci:image:v1', ...key)).rules).toContain('mutable-tag')
  const unnamed = (await explain(context, 'oci:image', ...key)).report.findings
  expect(unnamed).toContainEqual(
    expect.objectContaining({
      rule: 'explain/mutable-tag',
      message: expect.stringMatching(/neither tag nor/),
    }),
  )
  const byDigest = await explain(context, `oci:image@${digest}`, ...key)
  expect(byDigest.rules).not.toContain('mutable-tag')
  expect(byDigest.report.verdict).toBe('pass')
})

test('a file that was signed as a model is found by its name alone', async () => {
  await using context = await signed({ path: 'model/weights.bin' })
  const { report, rules } = await explain(context, 'model/weights.bin', '--key', 'key.pub')
  expect(report.verdict).toBe('pass')
  expect(rules).not.toContain('no-evidence')
})

test('a path that is not there is told so, and not taken for an image of a public registry', async () => {
  await using context = await testContext({ files: FILES })
  const err: string[] = []
  const io = {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: () => {},
    fetch,
  }
  const code = await sluice(['explain', 'modle', '--key', 'key.pub'], {
    ...io,
    stderr: (text) => err.push(text),
  })
  expect(code).toBe(2)
  expect(err.join('')).toMatch(/FILE_NOT_FOUND.*modle/)
})

test('a model in a layout is held against its signature by its layers', async () => {
  await using context = await testContext({ files: FILES })
  const layout = openLayout(join(context.workspace.root, 'image'))
  const layer = (title: string, content: string) => ({
    mediaType: 'application/octet-stream',
    content: Buffer.from(content),
    annotations: { 'org.opencontainers.image.title': title },
  })
  const layers = [layer('config.json', '{}'), layer('weights.bin', 'weights')]
  await writeArtifact(layout, { artifactType: 'application/vnd.example.model', layers, tag: 'v1' })
  const given = { subject: 'oci:image:v1', predicates: ['model-signature'] }
  await sign.run(inputsWith(sign, { key: 'key.pem', ...given }), context)
  const { report, rows } = await explain(context, 'oci:image:v1', '--key', 'key.pub')
  expect(report.verdict).toBe('pass')
  expect(rows.flat()).toContain('verified')
})

test('keyless evidence is genuine by the trust root, and counts once its signer is named', async () => {
  await using sigstore = await startSigstore()
  const claims = githubClaims({ runner_environment: 'self-hosted' })
  await using context = await testContext({
    files: { ...FILES, 'root.json': sigstore.trustedRoot },
    now: new Date().toISOString(),
    fetch,
    identityToken: async () => sigstore.identityToken(claims),
    run: {
      kind: 'github',
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      repository: 'acme/flight-delays',
      repositoryId: '1001',
      repositoryOwnerId: '42',
      sha: claims['sha'] ?? '',
      ref: 'refs/heads/main',
      workflowRef: claims['workflow_ref'] ?? '',
      workflowSha: claims['workflow_sha'] ?? '',
      runId: '77',
      runAttempt: '1',
      eventName: 'push',
      actor: 'octocat',
      job: 'release',
      runnerEnvironment: 'self-hosted',
      event: {},
    },
  })
  const { url } = sigstore
  await sign.run(
    inputsWith(sign, { files: ['data.csv'], fulcioUrl: url, rekorUrl: url, tsaUrl: url }),
    context,
  )
  const root = ['--trusted-root', 'root.json']
  const unnamed = await explain(context, 'data.csv', ...root)
  expect(unnamed.report.verdict).toBe('inconclusive')
  expect(unnamed.rules).toContain('signer-not-named')
  const identity = ['--identity', `https://github.com/${claims['job_workflow_ref']}`]
  const named = await explain(context, 'data.csv', ...root, ...identity)
  expect(named.report.verdict).toBe('pass')
  expect(named.rules).toEqual(['self-hosted-runner', 'movable-workflow', 'no-gates', 'no-age-limit'])
  expect(named.rows).toContainEqual(['commit', claims['sha'], 'certified'])
  const wrong = await explain(context, 'data.csv', ...root, '--identity', 'https://github.com/evil/x')
  expect(wrong.rules).toContain('refused')
  expect(wrong.rows.flat()).not.toContain('verified')
  expect(wrong.rows.flat()).not.toContain('certified')
})

test('a bundle that nothing can be made of is refused, and the others are explained', async () => {
  await using context = await signed({ path: 'model' })
  const digest = (await explain(context, 'model', '--key', 'key.pub')).report.outputs['digest'] ?? ''
  const store = folderStore(context.file('.sluice/evidence'))
  const signer = keySigner({ pem: FILES['key.pem'] })
  const bundle = await signStatement(statement({ name: 'x', digest }, 'https://example.com/x', {}), signer)
  const certificate = { rawBytes: Buffer.from('no certificate').toString('base64') }
  await store.put(digest, { ...bundle, verificationMaterial: { certificate } })
  const broken = statement({ name: 'model', digest }, 'https://model_signing/signature/v1.0', {})
  await store.put(digest, await signStatement(broken, signer))
  const { rules, rows } = await explain(context, 'model')
  expect(rules.filter((rule) => rule === 'refused')).toHaveLength(2)
  expect(rows.filter(([, standing]) => standing === 'REFUSED: EVIDENCE_MALFORMED')).toHaveLength(2)
  expect(rows.filter(([, standing]) => String(standing).startsWith('NOT VERIFIED: '))).toHaveLength(2)
})

test('hostile text in evidence speaks to nobody', async () => {
  await using context = await testContext({ files: FILES })
  const digest = digestOf(FILES['data.csv'])
  const made = statement(
    { name: 'x\n::set-output name=a::b', digest },
    'https://evil.example/\u001b[31m\n::error::x',
    {},
  )
  const bundle = await signStatement(made, keySigner({ pem: FILES['key.pem'] }))
  await folderStore(join(context.workspace.root, '.sluice/evidence')).put(digest, bundle)
  const out: string[] = []
  await sluice(['explain', 'data.csv', '--key', 'key.pub'], {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => out.push(text),
  })
  const text = out.join('')
  expect(text).toContain('evil.example')
  expect(text).not.toContain('\u001b')
  expect(text).not.toMatch(/^\s*::/m)
})
