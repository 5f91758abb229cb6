import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  digestOf,
  fallbackTag,
  memoryRepository,
  openLayout,
  openRepository,
  type Repository,
  startRegistry,
} from '../src/index.js'
import { bytesOf, fetchWithoutReferrers, once, put, putImage, putIndex, temporaryFolder } from './content.js'

interface Case {
  readonly name: string
  open(): Promise<AsyncDisposable & { repository: Repository }>
}

const nothing = async () => {}

const kinds: Case[] = [
  { name: 'memory', open: async () => ({ repository: memoryRepository(), [Symbol.asyncDispose]: nothing }) },
  {
    name: 'a layout on disk',
    async open() {
      const folder = await temporaryFolder()
      return {
        repository: openLayout(join(folder.path, 'image')),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      }
    },
  },
  ...[
    { name: 'a registry in memory', options: {} },
    { name: 'a registry with Basic', options: { basic: { username: 'ada', password: 'pa:ss' } } },
    {
      name: 'a registry with tokens',
      options: { token: { username: 'ada', password: 'pa:ss', seconds: 2 } },
    },
  ].map(({ name, options }) => ({
    name,
    async open() {
      const registry = await startRegistry(options)
      const repository = await openRepository(`${registry.host}/dev/flights`, {
        fetch,
        credentials: async () => ({ kind: 'password', username: 'ada', password: 'pa:ss' }),
      })
      return { repository, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
    },
  })),
  {
    name: 'a registry without the referrers API',
    async open() {
      const registry = await startRegistry()
      const repository = await openRepository(`${registry.host}/dev/flights`, {
        fetch: fetchWithoutReferrers,
      })
      return { repository, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
    },
  },
  {
    name: 'a registry in a folder',
    async open() {
      const folder = await temporaryFolder()
      const registry = await startRegistry({ folder: folder.path })
      return {
        repository: await openRepository(`${registry.host}/dev/flights`, { fetch }),
        async [Symbol.asyncDispose]() {
          await registry[Symbol.asyncDispose]()
          await folder[Symbol.asyncDispose]()
        },
      }
    },
  },
]

describe.each(kinds)('$name', ({ open }) => {
  test('gives back a blob, and knows which it has', async () => {
    await using opened = await open()
    const { repository } = opened
    const bytes = randomBytes(700_000)
    const descriptor = await put(repository, bytes, 'application/octet-stream')
    expect(await repository.hasBlob(descriptor.digest)).toBe(true)
    expect(await repository.hasBlob(descriptor.digest, 3)).toBe(false)
    expect(await repository.hasBlob(digestOf('absent'))).toBe(false)
    expect(await bytesOf(repository.blob(descriptor))).toEqual(bytes)
  })

  test('holds an empty blob', async () => {
    await using opened = await open()
    const descriptor = await put(opened.repository, new Uint8Array(0), 'application/octet-stream')
    expect(await bytesOf(opened.repository.blob(descriptor))).toHaveLength(0)
  })

  test('keeps nothing of a blob that is not what its digest says', async () => {
    await using opened = await open()
    const { repository } = opened
    const descriptor = { mediaType: 'x/y', digest: digestOf('right'), size: 5 }
    await expect(repository.putBlob(descriptor, () => once(Buffer.from('wrong')))).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
    await expect(
      repository.putBlob(descriptor, () => once(Buffer.from('right and more'))),
    ).rejects.toMatchObject({ code: 'OCI_DIGEST_MISMATCH' })
    expect(await repository.hasBlob(descriptor.digest)).toBe(false)
  })

  test('resolves tags and digests, and moves a tag', async () => {
    await using opened = await open()
    const { repository } = opened
    expect(await repository.tags()).toEqual([])
    expect(await repository.resolve('v1')).toBeUndefined()
    const first = await putImage(repository, { tag: 'v1' })
    const second = await putImage(repository, { tag: 'v2' })
    expect(await repository.resolve('v1')).toEqual(first)
    const { bytes } = await repository.manifest(second.digest)
    await repository.putManifest(bytes, second.mediaType, 'v1')
    expect(await repository.resolve('v1')).toEqual(second)
    expect(await repository.resolve(first.digest)).toEqual(first)
    expect(await repository.tags()).toEqual(['v1', 'v2'])
    await expect(repository.manifest('v3')).rejects.toMatchObject({ code: 'OCI_NOT_FOUND' })
    await expect(repository.manifest(digestOf('absent'))).rejects.toMatchObject({ code: 'OCI_NOT_FOUND' })
  })

  test('lists referrers with their type and annotations, also of what it does not hold', async () => {
    await using opened = await open()
    const { repository } = opened
    const image = await putImage(repository, { tag: 'v1' })
    const signature = await putImage(repository, {
      subject: image,
      artifactType: 'application/x-signature',
      annotations: { by: 'ada' },
    })
    const sbom = await putImage(repository, { subject: image, artifactType: 'application/x-sbom' })
    await putImage(repository, { subject: { ...image, digest: digestOf('elsewhere') } })
    const listed = await repository.referrers(image.digest)
    expect(listed.map(({ digest }) => digest).sort()).toEqual([signature.digest, sbom.digest].sort())
    expect(await repository.referrers(image.digest, 'application/x-signature')).toEqual([
      {
        mediaType: signature.mediaType,
        digest: signature.digest,
        size: signature.size,
        artifactType: 'application/x-signature',
        annotations: { by: 'ada' },
      },
    ])
    expect(await repository.referrers(digestOf('nothing refers to this'))).toEqual([])
    expect(await repository.referrers(digestOf('elsewhere'))).toHaveLength(1)
  })

  test('reads a fallback tag beside its own list', async () => {
    await using opened = await open()
    const { repository } = opened
    const image = await putImage(repository, { tag: 'v1' })
    const old = { ...(await putImage(repository)), artifactType: 'application/x-old' }
    await putIndex(repository, [old], fallbackTag(image.digest as never))
    const fresh = await putImage(repository, { subject: image })
    expect((await repository.referrers(image.digest)).map(({ digest }) => digest).sort()).toEqual(
      [old.digest, fresh.digest].sort(),
    )
  })

  test('deletes a manifest, or only a tag', async () => {
    await using opened = await open()
    const { repository } = opened
    const image = await putImage(repository, { tag: 'v1' })
    await repository.deleteManifest!('v1')
    expect(await repository.tags()).toEqual([])
    expect(await repository.resolve(image.digest)).toEqual(image)
    await repository.deleteManifest!(image.digest)
    await repository.deleteManifest!(image.digest)
    expect(await repository.resolve(image.digest)).toBeUndefined()
  })

  test('refuses a manifest that is two things at once', async () => {
    await using opened = await open()
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], config: {}, layers: [] }))
    await expect(
      opened.repository.putManifest(bytes, 'application/vnd.oci.image.manifest.v1+json'),
    ).rejects.toMatchObject({
      code: 'OCI_MANIFEST_INVALID',
    })
  })

  test('takes many writers at once without losing one', async () => {
    await using opened = await open()
    const { repository } = opened
    const image = await putImage(repository, { tag: 'v1' })
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => putImage(repository, { tag: `t${index}`, subject: image })),
    )
    expect((await repository.tags()).filter((tag) => !tag.startsWith('sha256-'))).toHaveLength(13)
    expect(await repository.referrers(image.digest)).toHaveLength(12)
  })
})

describe('a layout on disk', () => {
  test('lists only roots, so that others find the one image in it', async () => {
    await using folder = await temporaryFolder()
    const layout = openLayout(folder.path)
    const children = [await putImage(layout), await putImage(layout)]
    const index = await putIndex(layout, children, 'v1')
    const signature = await putImage(layout, { subject: index })
    const listed = JSON.parse(await readFile(join(folder.path, 'index.json'), 'utf8')).manifests
    expect(listed.map(({ digest }: { digest: string }) => digest)).toEqual([index.digest, signature.digest])
    expect(await layout.roots()).toEqual([index])
    expect(await layout.resolve(children[0]!.digest)).toEqual(children[0])
    expect((await readdir(folder.path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
  })

  test('notices a byte that was changed on disk', async () => {
    await using folder = await temporaryFolder()
    const layout = openLayout(folder.path)
    const bytes = randomBytes(100_000)
    const descriptor = await put(layout, bytes, 'x/y')
    bytes[77_777]! ^= 1
    await writeFile(join(folder.path, 'blobs/sha256', descriptor.digest.slice(7)), bytes)
    await expect(bytesOf(layout.blob(descriptor))).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
      kind: 'refused',
    })
    const image = await putImage(layout, { tag: 'v1' })
    await writeFile(join(folder.path, 'blobs/sha256', image.digest.slice(7)), '{}')
    await expect(openLayout(folder.path).manifest('v1')).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
    await expect(openLayout(folder.path).referrers(digestOf('any'))).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
  })

  test('follows no link out of its folder, for reading or writing', async () => {
    await using folder = await temporaryFolder()
    const outside = join(folder.path, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'secret'), 'secret')
    const layout = openLayout(join(folder.path, 'image'))
    await put(layout, Buffer.from('x'), 'x/y')
    const digest = digestOf('secret')
    await symlink(join(outside, 'secret'), join(folder.path, 'image/blobs/sha256', digest.slice(7)))
    await expect(bytesOf(layout.blob({ mediaType: 'x/y', digest, size: 6 }))).rejects.toMatchObject({
      code: 'OCI_PATH_ESCAPES',
    })

    await symlink(outside, join(folder.path, 'image/blobs/sha512'))
    const other = { mediaType: 'x/y', digest: `sha512:${'0'.repeat(128)}`, size: 1 }
    await expect(layout.putBlob(other, () => once(Buffer.from('x')))).rejects.toMatchObject({
      code: 'OCI_PATH_ESCAPES',
    })
    expect(await readdir(outside)).toEqual(['secret'])
  })

  test('is written to although a killed process left its lock', async () => {
    await using folder = await temporaryFolder()
    const layout = openLayout(folder.path)
    await putImage(layout, { tag: 'v1' })
    const lock = join(folder.path, '.index.lock')
    await writeFile(lock, '1 killed')
    await utimes(lock, new Date(0), new Date(0))
    await putImage(layout, { tag: 'v2' })
    expect(await layout.tags()).toEqual(['v1', 'v2'])
    expect((await readdir(folder.path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
  })

  test('is not made in a folder that holds something else', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'README.md'), '')
    const layout = openLayout(folder.path)
    await expect(putImage(layout, { tag: 'v1' })).rejects.toMatchObject({ code: 'OCI_LAYOUT_INVALID' })
    await expect(layout.resolve('v1')).rejects.toMatchObject({ code: 'OCI_LAYOUT_INVALID' })
    expect(await readdir(folder.path)).toEqual(['README.md'])
  })
})
