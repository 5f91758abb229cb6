import { mkdtempSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf, memoryRepository, OCI_EMPTY, OCI_MANIFEST, type Repository } from '@sluice/oci'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  combinedStore,
  type EvidenceStore,
  folderStore,
  folderSubjects,
  keySigner,
  openStore,
  referrersStore,
  requireEvidence,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const type = 'https://example.com/predicate/v1'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const folder = () => mkdtempSync(join(tmpdir(), 'sluice-store-'))

/** A repository with one artifact in it. */
async function repository(): Promise<{ repository: Repository; subject: string }> {
  const repository = memoryRepository('test/model')
  const config = { mediaType: OCI_EMPTY, digest: digestOf('{}'), size: 2 }
  await repository.putBlob(config, async function* () {
    yield Buffer.from('{}')
  })
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [config] }
  const { digest } = await repository.putManifest(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST, 'v1')
  return { repository, subject: digest }
}
const expected = (subject: string) => ({
  subject: { digest: subject },
  predicateType: type,
  signedBy: { key: keys.publicPem },
  now: new Date(),
})
const about = (subject: string, predicate = {}, predicateType = type) =>
  statement({ name: 'model', digest: subject }, predicateType, predicate)

describe.each<[string, () => Promise<{ store: EvidenceStore; subject: string }>]>([
  ['a folder', async () => ({ store: folderStore(folder()), subject: digestOf('model') })],
  [
    'referrers',
    async () => {
      const { repository: content, subject } = await repository()
      return { store: referrersStore(content), subject }
    },
  ],
  [
    'both',
    async () => {
      const { repository: content, subject } = await repository()
      return { store: combinedStore([folderStore(folder()), referrersStore(content)]), subject }
    },
  ],
])('evidence in %s', (_where, make) => {
  test('comes out as it went in, once, and verifies', async () => {
    const { store, subject } = await make()
    await expect(store.list(subject)).resolves.toEqual([])
    const bundle = await signStatement(about(subject), signer)
    const stored = await store.put(subject, bundle)
    await store.put(subject, bundle)
    await store.put(subject, await signStatement(about(subject, { more: 1 }), signer))
    const listed = await store.list(subject)
    expect(listed).toHaveLength(2)
    expect(listed.map(({ digest }) => digest)).toContain(stored.digest)
    await expect(requireEvidence(store, expected(subject))).resolves.toHaveLength(2)
  })

  test('that is missing, of another type or signed by another is refused by name', async () => {
    const { store, subject } = await make()
    await expect(requireEvidence(store, expected(subject))).rejects.toMatchObject({ code: 'EVIDENCE_NONE' })
    await store.put(subject, await signStatement(about(subject, {}, 'https://other'), signer))
    await expect(requireEvidence(store, expected(subject))).rejects.toMatchObject({ code: 'EVIDENCE_NONE' })
    await store.put(subject, await signStatement(about(subject), keySigner({ pem: keyPair().privatePem })))
    await expect(requireEvidence(store, expected(subject))).rejects.toMatchObject({
      code: 'EVIDENCE_SIGNATURE_INVALID',
    })
  })
})

describe('a folder of evidence', () => {
  test('names subjects and bundles by their digests', async () => {
    const root = folder()
    const subject = digestOf('model')
    const { digest } = await folderStore(root).put(subject, await signStatement(about(subject), signer))
    const file = join(root, subject.slice(7), `${digest.slice(7)}.sigstore.json`)
    expect(digestOf(readFileSync(file))).toBe(digest)
    expect(readdirSync(join(root, subject.slice(7)))).toHaveLength(1)
    await expect(folderSubjects(root)).resolves.toEqual([subject])
  })

  test('is not written through a link in the place of a subject', async () => {
    const [root, elsewhere, subject] = [folder(), folder(), digestOf('model')]
    symlinkSync(elsewhere, join(root, subject.slice(7)))
    await expect(
      folderStore(root).put(subject, await signStatement(about(subject), signer)),
    ).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('is not read through links, nor when a bundle is huge or there are too many', async () => {
    const root = folder()
    const subject = digestOf('model')
    const { location } = await folderStore(root, root).put(
      subject,
      await signStatement(about(subject), signer),
    )
    symlinkSync(location, join(root, subject.slice(7), `${'0'.repeat(64)}.sigstore.json`))
    await expect(folderStore(root).list(subject)).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      kind: 'surroundings',
    })

    const large = folder()
    const huge = await folderStore(large, large).put(subject, await signStatement(about(subject), signer))
    truncateSync(huge.location, 33 * 1024 * 1024)
    await expect(folderStore(large).list(subject)).rejects.toMatchObject({ code: 'EVIDENCE_TOO_LARGE' })

    const many = folder()
    await folderStore(many).put(subject, await signStatement(about(subject), signer))
    for (let count = 0; count < 256; count++)
      writeFileSync(join(many, subject.slice(7), `${count}.sigstore.json`), '{}')
    await expect(folderStore(many).list(subject)).rejects.toMatchObject({ code: 'EVIDENCE_TOO_MANY' })
  })

  test('takes no subject that is not a digest', async () => {
    await expect(folderStore(folder()).list('sha256:../../etc')).rejects.toMatchObject({
      code: 'SUBJECT_DIGEST',
    })
  })
})

describe('referrers', () => {
  test('carry the annotations that cosign reads', async () => {
    const { repository: content, subject } = await repository()
    await referrersStore(content).put(subject, await signStatement(about(subject), signer))
    const [referrer] = await content.referrers(subject, BUNDLE)
    const manifest = JSON.parse(
      Buffer.from((await content.manifest(referrer?.digest ?? '')).bytes).toString(),
    )
    expect(manifest).toMatchObject({
      artifactType: BUNDLE,
      subject: { digest: subject },
      layers: [{ mediaType: BUNDLE }],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': type,
      },
    })
  })

  test('that hold something else are refused by name, and hide nothing', async () => {
    const { repository: content, subject } = await repository()
    const store = referrersStore(content)
    await store.put(subject, await signStatement(about(subject), signer))
    const target = await content.resolve(subject)
    const layer = { mediaType: OCI_EMPTY, digest: digestOf('{}'), size: 2 }
    const rogue = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE,
      config: layer,
      layers: [layer],
      subject: target,
    }
    await content.putManifest(Buffer.from(JSON.stringify(rogue)), OCI_MANIFEST)
    await expect(store.list(subject)).resolves.toHaveLength(2)
    await expect(requireEvidence(store, expected(subject))).resolves.toHaveLength(1)
  })

  test('need their subject', async () => {
    const { repository: content } = await repository()
    const bundle = await signStatement(about(digestOf('gone')), signer)
    await expect(referrersStore(content).put(digestOf('gone'), bundle)).rejects.toMatchObject({
      code: 'STORE_SUBJECT_MISSING',
    })
    await expect(openStore('oci', { resolve: async (path) => path })).rejects.toMatchObject({
      code: 'STORE_NO_REPOSITORY',
    })
  })
})
