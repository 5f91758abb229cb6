import { referrersStore } from '@sluice/evidence'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action as sign } from '../../sign/src/action.js'
import { action } from '../src/action.js'
import { referenceIn } from '../src/lineage.js'
import { keyPair } from './keys.js'

const ours = keyPair()
const theirs = keyPair()
const stranger = keyPair()
const FILES = {
  'ours.pem': ours.privatePem,
  'ours.pub': ours.publicPem,
  'theirs.pem': theirs.privatePem,
  'theirs.pub': theirs.publicPem,
  'stranger.pem': stranger.privatePem,
  'stranger.pub': stranger.publicPem,
  'base/weights.bin': 'base',
  'tuned/weights.bin': 'tuned',
}
const LINEAGE = '  lineage:\n    - { role: base-model, signedBy: [{ key: theirs.pub }] }\n'
const DEPENDS =
  '  dependencies:\n    - { role: base-model, path: base, signature: { bundle: base.sig, signedBy: { key: theirs.pub } } }\n'

type Given = Partial<Parameters<typeof action.run>[0]>
const verify = (context: TestContext, given: Given = {}) =>
  action.run(
    inputsWith(action, { key: 'ours.pub', predicateTypes: ['provenance'], lineage: true, ...given }),
    context,
  )

/** A tuned model by us, made from a base model by whoever has `baseKey`; both folders' evidence in one store. */
async function tuned(options: { section?: string; baseStore?: string } = {}) {
  const context = await testContext({ files: { ...FILES, 'sluice.yaml': 'signing: {}\n' } })
  const base = { path: 'base', key: 'theirs.pem', signature: 'base.sig' }
  await sign.run(
    inputsWith(sign, { ...base, ...(options.baseStore ? { store: [options.baseStore] } : {}) }),
    context,
  )
  await context.workspace.write('sluice.yaml', `signing:\n${DEPENDS}${options.section ?? LINEAGE}`)
  await sign.run(inputsWith(sign, { path: 'tuned', key: 'ours.pem' }), context)
  return context
}

describe('with `lineage`', () => {
  test('a model whose base model has evidence of its own is verified, offline, and the reader sees by whom', async () => {
    await using context = await tuned()
    const result = await verify(context, { path: 'tuned' })
    expect(result).toMatchObject({ verdict: 'pass' })
    const section = result.sections.find(({ title }) => title.startsWith('Made from'))
    expect(section).toMatchObject({ rows: expect.arrayContaining([expect.arrayContaining(['1', 'base'])]) })
  })

  test('one whose base model’s evidence is elsewhere is not; without it is', async () => {
    await using context = await tuned({ baseStore: 'elsewhere' })
    expect(await verify(context, { path: 'tuned' })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/none', message: expect.stringContaining('tuned, made from base') }],
    })
    expect(await verify(context, { path: 'tuned', lineage: false })).toMatchObject({ verdict: 'pass' })
    expect(await verify(context, { path: 'tuned', bundles: ['base.sig'] })).toMatchObject({ verdict: 'pass' })
  })

  test('one whose base model is by somebody who is not trusted is not', async () => {
    await using context = await tuned({ section: LINEAGE.replace('theirs', 'stranger') })
    expect(await verify(context, { path: 'tuned' })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/signature-invalid' }],
    })
  })

  test('one whose provenance names no base model is not', async () => {
    await using context = await testContext({ files: { ...FILES, 'sluice.yaml': `signing:\n${LINEAGE}` } })
    await sign.run(inputsWith(sign, { path: 'tuned', key: 'ours.pem' }), context)
    expect(await verify(context, { path: 'tuned' })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/lineage-none' }],
    })
  })

  test('whose evidence counts is part of the policy', async () => {
    await using context = await tuned()
    const digestWith = async (given: Given) =>
      (await verify(context, { path: 'tuned', ...given })).outputs['policy-digest']
    const before = await digestWith({})
    expect(await digestWith({})).toBe(before)
    expect(await digestWith({ lineage: false })).not.toBe(before)
    await context.workspace.write('theirs.pub', `${theirs.publicPem}\n`)
    expect(await digestWith({})).not.toBe(before)
  })

  test('an artifact is followed to the registry of its base model', async () => {
    await using registry = await startRegistry()
    const push = async (name: string) =>
      writeArtifact(await openRepository(`${registry.host}/${name}`, { fetch }), {
        artifactType: 'a/b',
        layers: [],
        annotations: { name },
      })
    const reference = async (name: string) => `${registry.host}/${name}@${(await push(name)).digest}`
    const base = await reference('upstream/base')
    const model = await reference('acme/tuned')
    await using context = await testContext({ files: FILES, fetch })
    const signWith = (key: string, subject: string) => sign.run(inputsWith(sign, { subject, key }), context)
    await context.workspace.write(
      'sluice.yaml',
      `signing:\n  dependencies:\n    - { role: base-model, artifact: "${base}" }\n${LINEAGE}`,
    )
    await signWith('ours.pem', model)
    const given = { subject: model, content: false }
    expect(await verify(context, given)).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/none' }],
    })
    await context.workspace.write('base.yaml', 'signing: {}\n')
    await sign.run(inputsWith(sign, { subject: base, key: 'theirs.pem', config: 'base.yaml' }), context)
    expect(await verify(context, given)).toMatchObject({ verdict: 'pass' })
  })

  test('an artifact with the signature of a model alone is compared layer by layer', async () => {
    await using registry = await startRegistry()
    const push = async (name: string, title: string) => {
      const repository = await openRepository(`${registry.host}/${name}`, { fetch })
      const annotations = { 'org.opencontainers.image.title': title }
      const layer = { mediaType: 'application/vnd.example.weights', content: Buffer.from(name), annotations }
      const { digest } = await writeArtifact(repository, { artifactType: 'a/b', layers: [layer] })
      return { repository, digest, reference: `${registry.host}/${name}@${digest}` }
    }
    const base = await push('upstream/base', 'weights.bin')
    const model = await push('acme/tuned', 'weights.bin')
    await using context = await testContext({ files: { ...FILES, 'base.yaml': 'signing: {}\n' }, fetch })
    await context.workspace.write(
      'sluice.yaml',
      `signing:\n  dependencies:\n    - { role: base-model, artifact: "${base.reference}" }\n${LINEAGE}`,
    )
    await sign.run(inputsWith(sign, { subject: model.reference, key: 'ours.pem' }), context)
    const signature = { predicates: ['model-signature'], key: 'theirs.pem', config: 'base.yaml' }
    await sign.run(inputsWith(sign, { ...signature, subject: base.reference }), context)
    const given = { subject: model.reference, content: false }
    expect(await verify(context, given)).toMatchObject({ verdict: 'pass' })

    // The same signature beside an artifact whose file has another name.
    const renamed = await push('upstream/base', 'weights.py')
    const store = referrersStore(base.repository)
    for (const { bytes } of await store.list(base.digest))
      await store.put(renamed.digest, JSON.parse(Buffer.from(bytes).toString()))
    await context.workspace.write(
      'sluice.yaml',
      `signing:\n  dependencies:\n    - { role: base-model, artifact: "${renamed.reference}" }\n${LINEAGE}`,
    )
    const other = await push('acme/other', 'weights.bin')
    await sign.run(inputsWith(sign, { subject: other.reference, key: 'ours.pem' }), context)
    expect(await verify(context, { ...given, subject: other.reference })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/subject-mismatch', message: expect.stringContaining('differ') }],
    })
  })

  test.each<[string, Given, string]>([
    ['nobody is named', {}, '{}'],
    ['no provenance is verified', { predicateTypes: [] }, `\n${LINEAGE}`],
  ])('is a usage error where %s', async (_what, given, section) => {
    await using context = await testContext({ files: { ...FILES, 'sluice.yaml': `signing: ${section}\n` } })
    await expect(verify(context, { path: 'tuned', ...given })).rejects.toMatchObject({
      code: 'VERIFY_LINEAGE',
    })
  })
})

test.each([
  ['pkg:oci/base@sha256%3Aab?repository_url=ghcr.io%2Facme%2Fbase', 'ghcr.io/acme/base'],
  ['oci:layout@sha256:ab', 'oci:layout@sha256:ab'],
  ['pkg:oci/base@sha256%3Aab', undefined],
  ['https://huggingface.co/acme/base', undefined],
])('%s is looked for at %s', (uri, reference) => {
  expect(referenceIn(uri)).toBe(reference)
})
