import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { action as sign } from '@sluice/action-sign'
import { digestOf, openRepository, parseReference, startRegistry, writeArtifact } from '@sluice/oci'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'
import { keyPair } from './keys.js'

const keys = keyPair()
const TITLE = 'org.opencontainers.image.title'
type Layer = { name?: string; bytes?: string; mediaType?: string; annotations?: Record<string, string> }
const FILES: Layer[] = [
  { name: 'weights.safetensors', bytes: 'weights' },
  { name: 'config.json', bytes: '{}' },
  { name: 'tokenizer/vocab.txt', bytes: 'a\nb\n' },
]

/** A registry that counts what is asked of it, and a context that reaches it. */
async function place() {
  const registry = await startRegistry()
  const asked: string[] = []
  const context = await testContext({
    files: { 'private.pem': keys.privatePem, 'public.pem': keys.publicPem },
    fetch: (url, init) => {
      asked.push(`${init?.method ?? 'GET'} ${new URL(url).pathname}`)
      return fetch(url, init)
    },
  })
  const subject = `${registry.host}/dev/flight-delays`
  const repository = await openRepository(parseReference(subject), {
    fetch,
    resolvePath: async (path) => path,
  })
  const close = context[Symbol.asyncDispose].bind(context)
  return Object.assign(context, {
    asked,
    /** Publishes an artifact of layers; gives its subject and the paths of its blobs. */
    async publish(layers: Layer[], artifactType = 'application/vnd.cncf.model.manifest.v1+json') {
      const { digest } = await writeArtifact(repository, {
        artifactType,
        layers: layers.map(
          ({ name, bytes = '', mediaType = 'application/vnd.cncf.model.weight.v1.raw', annotations }) => ({
            mediaType,
            content: Buffer.from(bytes),
            annotations: {
              ...(name === undefined ? {} : { 'org.cncf.model.filepath': name }),
              ...annotations,
            },
          }),
        ),
      })
      return `${subject}@${digest}`
    },
    blobs: (layers: Layer[]) =>
      layers.map(({ bytes = '' }) => `/v2/dev/flight-delays/blobs/${digestOf(Buffer.from(bytes))}`),
    sign: (name: string, given = {}) =>
      sign.run(
        inputsWith(sign, { subject: name, key: 'private.pem', predicates: ['model-signature'], ...given }),
        context,
      ),
    verify: (name: string, given: Partial<Inputs> = {}) =>
      action.run(
        inputsWith(action, {
          subject: name,
          key: 'public.pem',
          predicateTypes: ['model-signature'],
          content: false,
          ...given,
        }),
        context,
      ),
    async [Symbol.asyncDispose]() {
      await close()
      await registry[Symbol.asyncDispose]()
    },
  })
}

test('a model in a registry is signed and verified by the digests of its layers: none is fetched', async () => {
  await using registry = await place()
  const subject = await registry.publish(FILES)
  registry.asked.length = 0
  await registry.sign(subject)
  await expect(registry.verify(subject)).resolves.toMatchObject({
    verdict: 'pass',
    headline: expect.stringContaining('is what was signed by key'),
    outputs: { verified: '1' },
  })
  expect(registry.asked.length).toBeGreaterThan(0)
  const fetched = registry.asked.filter((request) => request.startsWith('GET '))
  for (const blob of registry.blobs(FILES)) expect(fetched).not.toContain(`GET ${blob}`)
})

test('a signature of the folder holds for what was pushed from it, and of the artifact for what is pulled', async () => {
  await using registry = await place()
  const folder = join(registry.workspace.root, 'model')
  for (const { name = '', bytes = '' } of FILES) await registry.workspace.write(`model/${name}`, bytes)
  await sign.run(
    inputsWith(sign, {
      path: 'model',
      key: 'private.pem',
      predicates: ['model-signature'],
      signature: 'folder.sig',
    }),
    registry,
  )
  const subject = await registry.publish(FILES)
  await expect(registry.verify(subject)).resolves.toMatchObject({ findings: [{ rule: 'verify/none' }] })
  await expect(registry.verify(subject, { bundles: ['folder.sig'] })).resolves.toMatchObject({
    verdict: 'pass',
  })

  await registry.sign(subject, { signature: 'artifact.sig' })
  const pulled = () =>
    action.run(
      inputsWith(action, { path: 'model', key: 'public.pem', store: ['none'], bundles: ['artifact.sig'] }),
      registry,
    )
  await expect(pulled()).resolves.toMatchObject({ verdict: 'pass' })
  writeFileSync(join(folder, 'config.json'), '[]')
  await expect(pulled()).resolves.toMatchObject({ findings: [{ rule: 'verify/file-changed' }] })
})

describe('an artifact that is not what was signed', () => {
  test.each<[string, Layer[], object[]]>([
    [
      'with another layer',
      [...FILES.slice(1), { name: 'weights.safetensors', bytes: 'weightz' }],
      [{ rule: 'verify/file-changed', message: expect.stringContaining('weights.safetensors') }],
    ],
    ['with a layer more', [...FILES, { name: 'code.py', bytes: 'evil()' }], [{ rule: 'verify/file-extra' }]],
    ['with an empty layer more', [...FILES, { name: '__init__.py' }], [{ rule: 'verify/file-extra' }]],
    ['with a layer less', FILES.slice(1), [{ rule: 'verify/file-missing' }]],
    [
      'with two names exchanged',
      [
        { name: 'config.json', bytes: 'weights' },
        { name: 'weights.safetensors', bytes: '{}' },
        ...FILES.slice(2),
      ],
      [{ rule: 'verify/file-changed' }, { rule: 'verify/file-changed' }],
    ],
  ])('%s fails, file by file', async (_what, layers, findings) => {
    await using registry = await place()
    await registry.sign(await registry.publish(FILES), { signature: 'model.sig' })
    const other = await registry.publish(layers)
    const result = await registry.verify(other, { bundles: ['model.sig'] })
    expect(result).toMatchObject({ verdict: 'fail', findings })
    expect(result.findings).toHaveLength(findings.length)
  })
})

const TAR = 'application/vnd.cncf.model.weight.v1.tar'
const OCI_TAR = 'application/vnd.oci.image.layer.v1.tar'

describe('layers that are not files as they are', () => {
  test.each<[string, Layer[]]>([
    ['a tar', [...FILES, { name: 'packed', bytes: 't', mediaType: TAR }]],
    ['a tar that is compressed', [...FILES, { name: 'packed', bytes: 't', mediaType: `${TAR}+gzip` }]],
    [
      'one of KitOps',
      [
        ...FILES,
        {
          bytes: 't',
          mediaType: 'application/vnd.kitops.modelkit.model.v1.tar+gzip',
          annotations: { [TITLE]: 'model' },
        },
      ],
    ],
    [
      'a folder that ORAS packed',
      [
        ...FILES,
        {
          bytes: 't',
          mediaType: OCI_TAR,
          annotations: { [TITLE]: 'code', 'io.deis.oras.content.unpack': 'true' },
        },
      ],
    ],
    ['a tar among what is left out', [...FILES, { name: '.git', bytes: 't', mediaType: TAR }]],
    ['one without a name', [...FILES, { bytes: 't' }]],
    ['one with two names', [...FILES, { name: 'a', bytes: 't', annotations: { [TITLE]: 'b' } }]],
  ])('%s: nothing is signed, and nothing decided, with what to do', async (_what, layers) => {
    await using registry = await place()
    const subject = await registry.publish(layers)
    await expect(registry.sign(subject)).rejects.toMatchObject({
      code: 'MODEL_NOT_MAPPED',
      kind: 'surroundings',
    })
    await registry.sign(await registry.publish(FILES), { signature: 'model.sig' })
    await expect(registry.verify(subject, { bundles: ['model.sig'] })).resolves.toMatchObject({
      verdict: 'inconclusive',
      findings: [
        { rule: 'verify/model-not-mapped', level: 'unknown', remedy: expect.stringContaining('`path`') },
      ],
    })
  })

  test('a file that ORAS was told no type of is one as it is, but not in an image', async () => {
    await using registry = await place()
    const plain: Layer[] = [{ bytes: 'w', mediaType: OCI_TAR, annotations: { [TITLE]: 'weights.bin' } }]
    const subject = await registry.publish(plain)
    await registry.sign(subject)
    await expect(registry.verify(subject)).resolves.toMatchObject({ verdict: 'pass' })
  })

  test('a signature in shards or by another hash cannot be held against layers', async () => {
    await using registry = await place()
    for (const { name = '', bytes = '' } of FILES) await registry.workspace.write(`model/${name}`, bytes)
    const subject = await registry.publish(FILES)
    for (const form of [{ modelMethod: 'shards' }, { modelHash: 'blake3' }] as const) {
      const inputs = {
        path: 'model',
        key: 'private.pem',
        predicates: ['model-signature'],
        signature: 'model.sig',
        ...form,
      }
      await sign.run(inputsWith(sign, inputs), registry)
      await expect(registry.verify(subject, { bundles: ['model.sig'] })).resolves.toMatchObject({
        verdict: 'inconclusive',
      })
      await expect(registry.sign(subject, form)).rejects.toMatchObject({ code: 'SIGN_PREDICATE' })
    }
  })
})

describe('hostile names of layers', () => {
  test.each([
    ['that leads out', [{ name: '../../.bashrc', bytes: 'x' }]],
    ['that is absolute', [{ name: '/etc/cron.d/x', bytes: 'x' }]],
    [
      'that leads from what is left out to a file that is signed',
      [...FILES, { name: '.git/../config.json', bytes: '[]' }],
    ],
    ['with a backslash', [{ name: 'a\\..\\b', bytes: 'x' }]],
    ['with a control character', [{ name: 'a\u0000', bytes: 'x' }]],
    [
      'twice',
      [
        { name: 'a', bytes: 'x' },
        { name: 'a', bytes: 'y' },
      ],
    ],
    [
      'that folds with another',
      [
        { name: 'Code.py', bytes: 'x' },
        { name: 'code.py', bytes: 'y' },
      ],
    ],
    [
      'that is a folder too',
      [
        { name: 'a', bytes: 'x' },
        { name: 'a/b', bytes: 'y' },
      ],
    ],
  ])('one %s is refused by both', async (_what, layers) => {
    await using registry = await place()
    const subject = await registry.publish(layers)
    await expect(registry.sign(subject)).rejects.toMatchObject({ code: 'MODEL_LAYER_NAME', kind: 'refused' })
    await registry.sign(await registry.publish(FILES), { signature: 'model.sig' })
    await expect(registry.verify(subject, { bundles: ['model.sig'] })).resolves.toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'verify/model-layer-name' }],
    })
  })
})

test('unsigned layers may be there when that is asked for, and are named', async () => {
  await using registry = await place()
  await registry.sign(await registry.publish(FILES), { signature: 'model.sig' })
  const subject = await registry.publish([...FILES, { name: 'README.md', bytes: 'x' }])
  await expect(
    registry.verify(subject, { bundles: ['model.sig'], ignoreUnsignedFiles: true }),
  ).resolves.toMatchObject({ verdict: 'warn', findings: [{ message: expect.stringContaining('README.md') }] })
  await expect(
    registry.verify(subject, { bundles: ['model.sig'], ignore: ['README.md'] }),
  ).resolves.toMatchObject({ verdict: 'pass' })
})

test('a layer that is left out and could be run is let be with a warning', async () => {
  await using registry = await place()
  await registry.sign(await registry.publish(FILES), { signature: 'model.sig' })
  const publishWith = (name: string) => registry.publish([...FILES, { name, bytes: 'x' }])
  await expect(
    registry.verify(await publishWith('.gitattributes'), { bundles: ['model.sig'] }),
  ).resolves.toMatchObject({ verdict: 'pass', findings: [] })
  await expect(
    registry.verify(await publishWith('.github/run.py'), { bundles: ['model.sig'] }),
  ).resolves.toMatchObject({
    verdict: 'warn',
    findings: [{ rule: 'verify/ignored-loadable', message: expect.stringContaining('.github/run.py') }],
    outputs: { verified: '1' },
  })
})
