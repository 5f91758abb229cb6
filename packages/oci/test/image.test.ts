import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  memoryRepository,
  openLayout,
  parseManifest,
  type Repository,
  verifyClosure,
  writeArtifact,
  writeImage,
} from '../src/index.js'
import { bytesOf, temporaryFolder } from './content.js'

const files = new Map<string, Uint8Array | { file: string }>([
  ['app/server.js', Buffer.from('console.log(1)')],
  ['etc/os-release', Buffer.from('ID=debian')],
  [`app/${'deep/'.repeat(30)}model.bin`, randomBytes(200_000)],
])

async function config(repository: Repository, digest: string) {
  const { bytes, descriptor } = await repository.manifest(digest)
  const manifest = parseManifest(bytes, descriptor.mediaType)
  if (manifest.kind !== 'image') throw new Error('not an image')
  return { manifest, json: JSON.parse((await bytesOf(repository.blob(manifest.config))).toString()) }
}

describe('an image made without an engine', () => {
  test('is the same bytes for the same content, in whatever order it comes', async () => {
    const [a, b] = [memoryRepository(), memoryRepository()]
    const first = await writeImage(a, { layers: [{ files }], tag: 'v1', config: { env: { A: '1' } } })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const second = await writeImage(b, {
      layers: [{ files: new Map([...files].reverse()) }],
      tag: 'v1',
      config: { env: { A: '1' } },
    })
    expect(second).toEqual(first)
    await verifyClosure(b, 'v1', { content: 'bytes' })
  })

  test('unpacks with tar to what went in', async () => {
    await using folder = await temporaryFolder()
    const layout = openLayout(join(folder.path, 'image'))
    await writeFile(join(folder.path, 'weights'), 'from a file')
    const image = await writeImage(layout, {
      layers: [
        {
          files: new Map([...files, ['app/weights', { file: join(folder.path, 'weights') }]]),
          modes: new Map([['app/server.js', 0o755]]),
        },
      ],
    })
    const { manifest } = await config(layout, image.digest)
    const root = join(folder.path, 'root')
    await mkdir(root)
    const blob = join(folder.path, 'image/blobs/sha256', manifest.layers[0]!.digest.slice(7))
    const listing = execFileSync('tar', ['-xzvvf', blob, '-C', root, '--utc'], { encoding: 'utf8' })
    expect(listing).toMatch(/-rwxr-xr-x .*1970-01-01 00:00 app\/server\.js/)
    expect(execFileSync('cat', [join(root, 'app/weights')], { encoding: 'utf8' })).toBe('from a file')
    expect(execFileSync('cat', [join(root, `app/${'deep/'.repeat(30)}model.bin`)])).toEqual(
      files.get(`app/${'deep/'.repeat(30)}model.bin`),
    )
  })

  test('builds on a base, adding to its environment', async () => {
    const source = memoryRepository()
    await writeImage(source, {
      layers: [{ files }],
      tag: 'base',
      config: { env: { PATH: '/bin', A: '1' }, cmd: ['sh'], labels: { a: 'b' } },
    })
    const destination = memoryRepository()
    const image = await writeImage(destination, {
      base: { repository: source, reference: 'base' },
      layers: [{ files: new Map([['app/x', Buffer.from('x')]]) }],
      config: { env: { A: '2' }, entrypoint: ['node', 'app/server.js'] },
    })
    const { manifest, json } = await config(destination, image.digest)
    expect(manifest.layers).toHaveLength(2)
    expect(json.rootfs.diff_ids).toHaveLength(2)
    expect(json.config).toEqual({
      Env: ['PATH=/bin', 'A=2'],
      Entrypoint: ['node', 'app/server.js'],
      Labels: { a: 'b' },
    })
    await verifyClosure(destination, image.digest, { content: 'bytes' })
  })

  test.each(['/etc/passwd', '../x', 'a/../../x', '', 'a//b', './x', 'dir/'])(
    'has no file %j',
    async (path) => {
      const made = writeImage(memoryRepository(), {
        layers: [{ files: new Map([[path, new Uint8Array(1)]]) }],
      })
      await expect(made).rejects.toMatchObject({ code: 'OCI_LAYER_PATH_INVALID' })
    },
  )

  test('says which file it cannot read', async () => {
    const made = writeImage(memoryRepository(), {
      layers: [{ files: new Map([['x', { file: '/does/not/exist' }]]) }],
    })
    await expect(made).rejects.toMatchObject({ code: 'OCI_FILE_UNREADABLE' })
  })
})

test('an artifact refers to its subject, and carries files without holding them', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'model'), randomBytes(1_000_000))
  const repository = openLayout(join(folder.path, 'layout'))
  const model = await writeArtifact(repository, {
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    layers: [
      {
        mediaType: 'application/vnd.cncf.model.weight.v1.raw',
        content: { file: join(folder.path, 'model') },
        annotations: { name: 'model' },
      },
    ],
    tag: 'v1',
  })
  const evidence = await writeArtifact(repository, {
    artifactType: 'application/x-evidence',
    layers: [],
    subject: model,
    annotations: { a: 'b' },
  })
  expect(await repository.referrers(model.digest)).toEqual([
    {
      mediaType: evidence.mediaType,
      digest: evidence.digest,
      size: evidence.size,
      artifactType: 'application/x-evidence',
      annotations: { a: 'b' },
    },
  ])
  await verifyClosure(repository, 'v1', { content: 'bytes' })
})
