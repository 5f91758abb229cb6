import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSection } from '@sluice/config'
import { digestOf, memoryRepository, type Repository, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  bundleBytes,
  type DependencySources,
  hashTree,
  keylessSigner,
  keySigner,
  modelStatement,
  OMS_TYPE,
  PROVENANCE_TYPE,
  readTrustRoot,
  referrersStore,
  resolveDependencies,
  signingSection,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'
import { bundleBy, chain } from '../pki.js'

const folder = mkdtempSync(join(tmpdir(), 'sluice-dependencies-'))
const at = (path: string) => join(folder, path)
const keys = keyPair()
const stranger = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const now = new Date()
const hex = (text: string | Uint8Array) => digestOf(Buffer.from(text)).slice('sha256:'.length)

const sources = (repository: Repository = memoryRepository('r')): DependencySources => ({
  resolve: async (path) => at(path),
  read: async (path) => readFileSync(at(path)),
  open: async () => repository,
  trustRoot: () => readTrustRoot(readFileSync(at('root.json'))),
  now,
  at: (index) => ({ file: 'sluice.yaml', line: 10 + index, column: 7 }),
})
const resolve = (yaml: string, repository?: Repository) =>
  resolveDependencies(
    parseSection(`signing:\n  dependencies:\n${yaml}`, 'sluice.yaml', signingSection).dependencies,
    sources(repository),
  )
const provenanceOf = (digest: string): Statement => ({
  _type: STATEMENT_TYPE,
  subject: [{ name: 'base', digest: { sha256: digest.slice('sha256:'.length) } }],
  predicateType: PROVENANCE_TYPE,
  predicate: {},
})

beforeAll(async () => {
  mkdirSync(at('base'))
  writeFileSync(at('base/weights.bin'), 'weights')
  writeFileSync(at('base/config.json'), '{}')
  writeFileSync(at('data.csv'), 'a,b\n')
  writeFileSync(at('key.pem'), keys.publicPem)
  writeFileSync(at('stranger.pem'), stranger.publicPem)
  const model = modelStatement(await hashTree(at('base')))
  writeFileSync(at('base/model.sig'), bundleBytes(await signStatement(model, signer)))
})

describe('files and folders', () => {
  test('are hashed as they are, and said to be', async () => {
    await expect(
      resolve('    - { role: lockfile, path: data.csv, name: rows, uri: "https://example.org/rows" }\n'),
    ).resolves.toEqual([
      {
        name: 'rows',
        uri: 'https://example.org/rows',
        digest: { sha256: hex('a,b\n') },
        annotations: { role: 'lockfile', checked: 'hashed' },
      },
    ])
  })

  test('must exist, and the error names the line', async () => {
    await expect(
      resolve('    - { role: lockfile, path: data.csv }\n    - { role: dataset, path: gone.csv }\n'),
    ).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_MISSING',
      message: expect.stringMatching(/^sluice\.yaml:11:7: The dataset `gone\.csv`/),
      at: { file: 'sluice.yaml', line: 11 },
    })
  })

  test('must be what is declared', async () => {
    const declared = (digest: string) =>
      `    - { role: dataset, path: data.csv, digest: "sha256:${digest}" }\n`
    await expect(resolve(declared(hex('a,b\n')))).resolves.toHaveLength(1)
    await expect(resolve(declared(hex('a,c\n')))).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_CHANGED',
      kind: 'refused',
    })
  })

  test('are not read through a link', async () => {
    symlinkSync('/etc/hostname', at('link'))
    await expect(resolve('    - { role: dataset, path: link }\n')).rejects.toMatchObject({
      code: 'HASH_NOT_A_FILE',
      at: { line: 10 },
    })
  })

  test('that Git LFS has not fetched are named by what they stand for, not by their pointer', async () => {
    const oid = 'ab'.repeat(32)
    writeFileSync(
      at('big.bin'),
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 123456789\n`,
    )
    await expect(resolve('    - { role: dataset, path: big.bin }\n')).resolves.toMatchObject([
      { digest: { sha256: oid }, annotations: { checked: 'pointer' } },
    ])
  })
})

test('a folder with files that Git LFS has not fetched is not there yet', async () => {
  mkdirSync(at('rows/deep'), { recursive: true })
  writeFileSync(at('rows/a.csv'), 'a')
  await expect(resolve('    - { role: dataset, path: rows }\n')).resolves.toHaveLength(1)
  writeFileSync(
    at('rows/deep/b.csv'),
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 5\n`,
  )
  await expect(resolve('    - { role: dataset, path: rows }\n')).rejects.toMatchObject({
    code: 'SIGN_DEPENDENCY_MISSING',
    message: expect.stringContaining('rows/deep/b.csv'.slice('rows/'.length)),
    at: { line: 10 },
  })
})

describe('what is elsewhere', () => {
  test('is taken with its digest, or with the name of its snapshot, and said to be unchecked', async () => {
    const commit = 'a'.repeat(40)
    await expect(
      resolve(
        `    - { role: dataset, uri: "https://huggingface.co/datasets/acme/d", digest: "gitCommit:${commit}" }\n` +
          `    - { role: dataset, uri: "s3://lake/x", digest: "md5:${'0'.repeat(32)}" }\n` +
          '    - { role: evaluation-set, uri: "s3://lake/flights", snapshot: "version 42" }\n',
      ),
    ).resolves.toMatchObject([
      { digest: { gitCommit: commit }, annotations: { role: 'dataset', checked: 'declared' } },
      { digest: { md5: '0'.repeat(32) } },
      {
        uri: 's3://lake/flights',
        annotations: { role: 'evaluation-set', checked: 'declared', snapshot: 'version 42' },
      },
    ])
  })

  test.each([
    ['a digest of the wrong length', '{ role: dataset, uri: x, digest: "sha256:ab" }'],
    ['a digest of an unknown kind', '{ role: dataset, uri: x, digest: "constructor:abababababababab" }'],
    ['no digest and no snapshot', '{ role: dataset, uri: x }'],
    ['a password in where it is from', '{ role: dataset, uri: "s3://user:pass@lake/x", snapshot: v1 }'],
    ['a token in its name', `{ role: dataset, name: hf_${'a'.repeat(30)}, path: data.csv }`],
    ['a path that leads out', '{ role: dataset, path: ../x }'],
    ['a layout that leads out', '{ role: image, artifact: "oci:../x" }'],
    ['an artifact without tag and digest', '{ role: image, artifact: ghcr.io/acme/base }'],
    ['a signature by nobody', '{ role: base-model, path: base, signature: { signedBy: {} } }'],
  ])('is refused with %s, at its line', (_what, entry) => {
    expect(() =>
      parseSection(`signing:\n  dependencies:\n    - ${entry}\n`, 'sluice.yaml', signingSection),
    ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', at: expect.objectContaining({ line: 3 }) }))
  })
})

describe('artifacts', () => {
  test('are read where they are, and named by package URL', async () => {
    const repository = memoryRepository('ghcr.io/acme/trainer')
    const { digest } = await writeArtifact(repository, { artifactType: 'a/b', layers: [], tag: 'v1' })
    const entry = (reference: string) => `    - { role: image, artifact: "${reference}" }\n`
    const image = {
      uri: `pkg:oci/trainer@${encodeURIComponent(digest)}?repository_url=ghcr.io%2Facme%2Ftrainer`,
      digest: { sha256: digest.slice('sha256:'.length) },
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    }
    await expect(resolve(entry(`ghcr.io/acme/trainer@${digest}`), repository)).resolves.toEqual([
      {
        ...image,
        name: `ghcr.io/acme/trainer@${digest}`,
        annotations: { role: 'image', checked: 'manifest' },
      },
    ])
    await expect(resolve(entry('ghcr.io/acme/trainer:v1'), repository)).resolves.toMatchObject([
      { ...image, annotations: { tag: 'v1' } },
    ])
    const other = `sha256:${'0'.repeat(64)}`
    await expect(resolve(entry(`ghcr.io/acme/trainer@${other}`), repository)).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_MISSING',
      at: { line: 10 },
    })
  })

  test('with a signature are verified by their referrers', async () => {
    const repository = memoryRepository('ghcr.io/acme/base')
    const { digest } = await writeArtifact(repository, { artifactType: 'a/b', layers: [] })
    const entry = (key: string) =>
      `    - { role: base-model, artifact: "ghcr.io/acme/base@${digest}", signature: { signedBy: { key: ${key} } } }\n`
    await expect(resolve(entry('key.pem'), repository)).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_UNSIGNED',
      kind: 'refused',
      message: expect.stringContaining('EVIDENCE_NONE'),
    })
    const { bytes } = await referrersStore(repository).put(
      digest,
      await signStatement(provenanceOf(digest), signer),
    )
    await expect(resolve(entry('key.pem'), repository)).resolves.toMatchObject([
      { annotations: { signature: { predicateType: PROVENANCE_TYPE, bundle: { sha256: hex(bytes) } } } },
    ])
    await expect(resolve(entry('stranger.pem'), repository)).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_UNSIGNED',
    })
  })

  test('with the signature of a model are compared with it layer by layer, without a blob', async () => {
    const repository = memoryRepository('ghcr.io/acme/base')
    const layer = (title: string, content: string) => ({
      mediaType: 'application/vnd.example.weights',
      content: Buffer.from(content),
      annotations: { 'org.opencontainers.image.title': title },
    })
    const push = (name: string) =>
      writeArtifact(repository, {
        artifactType: 'a/b',
        layers: [layer(name, 'weights'), layer('config.json', '{}')],
      })
    const entry = (digest: string) =>
      `    - { role: base-model, artifact: "ghcr.io/acme/base@${digest}", signature: { bundle: base/model.sig, signedBy: { key: key.pem } } }\n`
    const good = (await push('weights.bin')).digest
    await expect(resolve(entry(good), repository)).resolves.toMatchObject([
      { annotations: { checked: 'manifest', signature: { predicateType: OMS_TYPE } } },
    ])
    const renamed = (await push('weights.py')).digest
    await expect(resolve(entry(renamed), repository)).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_UNSIGNED',
      message: expect.stringContaining('weights'),
    })
  })

  test('that only have a failed test are not signed', async () => {
    const repository = memoryRepository('ghcr.io/acme/base')
    const { digest } = await writeArtifact(repository, { artifactType: 'a/b', layers: [] })
    const failed = {
      ...provenanceOf(digest),
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: { result: 'FAILED' },
    }
    await referrersStore(repository).put(digest, await signStatement(failed, signer))
    await expect(
      resolve(
        `    - { role: base-model, artifact: "ghcr.io/acme/base@${digest}", signature: { signedBy: { key: key.pem } } }\n`,
        repository,
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('EVIDENCE_PREDICATE_TYPE') })
  })
})

describe('a base model with a signature', () => {
  const entry = (key: string, more = '') =>
    `    - { role: base-model, path: base, signature: { ${more}signedBy: { key: ${key} } } }\n`

  test('is named by its names and contents, its root, its manifest and its signature', async () => {
    const bundle = readFileSync(at('base/model.sig'))
    const payload = Buffer.from(JSON.parse(bundle.toString()).dsseEnvelope.payload, 'base64')
    const tree = await hashTree(at('base'))
    await expect(resolve(entry('key.pem'))).resolves.toMatchObject([
      {
        digest: { sha256: tree.digest.slice('sha256:'.length) },
        annotations: {
          role: 'base-model',
          checked: 'hashed',
          [OMS_TYPE]: JSON.parse(payload.toString()).subject[0].digest.sha256,
          signature: {
            predicateType: OMS_TYPE,
            bundle: { sha256: hex(bundle) },
            payload: { sha256: hex(payload) },
            signer: { keyHint: expect.any(String) },
          },
        },
      },
    ])
  })

  test('is refused when another signed it', async () => {
    await expect(resolve(entry('stranger.pem'))).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_UNSIGNED',
      kind: 'refused',
      at: { line: 10 },
    })
  })

  test('is refused when a file was renamed, though its root is the same', async () => {
    mkdirSync(at('renamed'))
    writeFileSync(at('renamed/weights.bin'), 'weights')
    writeFileSync(at('renamed/config.py'), '{}')
    writeFileSync(at('renamed/model.sig'), readFileSync(at('base/model.sig')))
    await expect(resolve(entry('key.pem').replace('path: base', 'path: renamed'))).rejects.toMatchObject({
      code: 'SIGN_DEPENDENCY_UNSIGNED',
      message: expect.stringContaining('EVIDENCE_SUBJECT_MISMATCH'),
    })
  })

  test('is verified by the certificate of an own authority', async () => {
    const { root, middle, leaf } = chain()
    const model = modelStatement(await hashTree(at('base')))
    writeFileSync(at('own.sig'), bundleBytes(bundleBy([leaf, middle], model)))
    writeFileSync(at('authority.pem'), root.pem)
    const by = (identity: string) =>
      `    - { role: base-model, path: base, signature: { bundle: own.sig, signedBy: { certificateAuthority: authority.pem, identity: "${identity}" } } }\n`
    const own = 'https://acme.example/release'
    await expect(resolve(by(own))).resolves.toMatchObject([
      { annotations: { signature: { signer: { identity: own, authority: expect.any(String) } } } },
    ])
    await expect(resolve(by(`${own}r`))).rejects.toMatchObject({ code: 'SIGN_DEPENDENCY_UNSIGNED' })
  })

  test('is verified by identity, under the root of the section', async () => {
    await using sigstore = await startSigstore()
    writeFileSync(at('root.json'), sigstore.trustedRoot)
    const claims = githubClaims()
    const identityToken = await sigstore.identityToken(claims)
    const keyless = keylessSigner({ identityToken, fulcioUrl: sigstore.url, rekorUrl: sigstore.url, fetch })
    const model = modelStatement(await hashTree(at('base')))
    writeFileSync(at('keyless.sig'), bundleBytes(await signStatement(model, keyless)))
    const by = (identity: string) =>
      `    - { role: base-model, path: base, signature: { bundle: keyless.sig, signedBy: { identity: "${identity}", issuer: "${claims['iss']}" } } }\n`
    const own = `https://github.com/${claims['job_workflow_ref']}`
    await expect(resolve(by(own))).resolves.toMatchObject([
      { annotations: { signature: { signer: { identity: own, issuer: claims['iss'] } } } },
    ])
    await expect(resolve(by(`${own}x`))).rejects.toMatchObject({ code: 'SIGN_DEPENDENCY_UNSIGNED' })
  })
})
