import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  copyClosure,
  memoryRepository,
  openArchive,
  openLayout,
  openRepository,
  parseReference,
  selectManifest,
  verifyClosure,
} from '../src/index.js'
import { putImage, putIndex, temporaryFolder } from './content.js'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Lays out what `docker save` wrote before Docker 25, and packs it with tar. */
async function legacyArchive(folder: string, { damage = false, compressed = false } = {}): Promise<string> {
  const layers = [Buffer.alloc(10_240, 1), Buffer.alloc(20_480, 2)]
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha(layer)}`) },
    }),
  )
  const files = new Map<string, Uint8Array>([
    [`${sha(config)}.json`, config],
    ['a/layer.tar', compressed ? gzipSync(layers[0]!) : layers[0]!],
    ['b/layer.tar', damage ? Buffer.alloc(20_480, 3) : layers[1]!],
    [
      'manifest.json',
      Buffer.from(
        JSON.stringify([
          {
            Config: `${sha(config)}.json`,
            RepoTags: ['reg.example:5000/app:v1'],
            Layers: ['a/layer.tar', 'c/layer.tar'],
          },
        ]),
      ),
    ],
  ])
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, 'in', path)), { recursive: true })
    await writeFile(join(folder, 'in', path), bytes)
  }
  // docker save writes a layer that two images share once, and links to it.
  await mkdir(join(folder, 'in/c'))
  await symlink('../b/layer.tar', join(folder, 'in/c/layer.tar'))
  execFileSync('tar', ['-cf', join(folder, 'image.tar'), '-C', join(folder, 'in'), '.'])
  return join(folder, 'image.tar')
}

describe('a docker archive', () => {
  test.each([false, true])(
    'of the older form is an image that can be copied (compressed layer: %s)',
    async (compressed) => {
      await using folder = await temporaryFolder()
      const archive = await openArchive(await legacyArchive(folder.path, { compressed }))
      expect(await archive.tags()).toEqual(['reg.example:5000/app:v1', 'v1'])
      const destination = memoryRepository()
      const report = await copyClosure(archive, 'v1', destination, { tag: 'v1' })
      expect(report.items).toHaveLength(4)
      await verifyClosure(destination, 'v1', { content: 'bytes' })
    },
  )

  test('whose layer is not the one its config names is noticed', async () => {
    await using folder = await temporaryFolder()
    const archive = await openArchive(await legacyArchive(folder.path, { damage: true }))
    await expect(copyClosure(archive, 'v1', memoryRepository())).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
  })

  test('that holds an OCI layout is read as one', async () => {
    await using folder = await temporaryFolder()
    const layout = openLayout(join(folder.path, 'layout'))
    const index = await putIndex(
      layout,
      [await putImage(layout), await putImage(layout, { layers: [300_000, 0] })],
      'v1',
    )
    await putImage(layout, { subject: index, artifactType: 'application/x-sbom' })
    execFileSync('tar', [
      '-cf',
      join(folder.path, 'oci.tar'),
      '-C',
      join(folder.path, 'layout'),
      'oci-layout',
      'index.json',
      'blobs',
    ])
    const reference = parseReference(`docker-archive:${folder.path}/oci.tar`)
    const archive = await openRepository(reference, { fetch })
    expect(await selectManifest(archive, reference)).toEqual(index)
    const report = await copyClosure(archive, 'v1', memoryRepository())
    expect(report.verified.manifests).toBe(4)
    await expect(putImage(archive)).rejects.toMatchObject({ code: 'OCI_READ_ONLY' })
  })

  test('cut short, compressed, or something else is refused', async () => {
    await using folder = await temporaryFolder()
    const whole = await readFile(await legacyArchive(folder.path))
    const file = join(folder.path, 'bad.tar')
    for (const bytes of [whole.subarray(0, 9000), gzipSync(whole), Buffer.from('no tar'), Buffer.alloc(0)]) {
      await writeFile(file, bytes)
      await expect(openArchive(file)).rejects.toMatchObject({ code: 'OCI_ARCHIVE_INVALID' })
    }
    await expect(openArchive(join(folder.path, 'absent.tar'))).rejects.toMatchObject({
      code: 'OCI_NOT_FOUND',
    })
    execFileSync('tar', ['-cf', file, '-C', folder.path, 'in/manifest.json'])
    await expect(openArchive(file)).rejects.toMatchObject({ code: 'OCI_ARCHIVE_INVALID' })
  })
})
