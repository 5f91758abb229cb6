import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  copyClosure,
  cosignTags,
  type Descriptor,
  digestOf,
  memoryRepository,
  openLayout,
  openRepository,
  type Repository,
  readClosure,
  startRegistry,
  verifyClosure,
} from '../src/index.js'
import { fetchWithoutReferrers, putImage, putIndex, temporaryFolder } from './content.js'

/** An index of two images, a signature on the index and one on a child, a referrer of that, and cosign's tag. */
async function putEverything(repository: Repository): Promise<Descriptor> {
  const children = [
    await putImage(repository, { layers: [3000, 0] }),
    await putImage(repository, { layers: [3000] }),
  ]
  const index = await putIndex(repository, children, 'v1')
  const signature = await putImage(repository, {
    subject: index,
    artifactType: 'application/x-signature',
    annotations: { by: 'ada' },
  })
  await putImage(repository, { subject: signature, artifactType: 'application/x-timestamp' })
  await putImage(repository, { subject: children[1]!, artifactType: 'application/x-sbom' })
  await putImage(repository, { tag: cosignTags(index.digest as never)[0]! })
  await putImage(repository, { tag: 'unrelated' })
  return index
}

describe('a copy of a closure', () => {
  test('brings everything that belongs, and nothing else, between any two kinds', async () => {
    await using folder = await temporaryFolder()
    await using registry = await startRegistry()
    const source = memoryRepository()
    const root = await putEverything(source)
    const layout = openLayout(join(folder.path, 'copy'))
    const remote = await openRepository(`${registry.host}/prod/x`, { fetch })
    const first = await copyClosure(source, 'v1', layout, { tag: 'v1' })
    const second = await copyClosure(layout, 'v1', remote, { tag: 'live' })
    for (const [report, repository, tag] of [
      [first, layout, 'v1'],
      [second, remote, 'live'],
    ] as const) {
      expect(report.root).toEqual(root)
      expect(report.items.filter(({ kind }) => kind === 'manifest')).toHaveLength(7)
      expect(report.verified.manifests).toBe(7)
      expect((await repository.resolve(tag))?.digest).toBe(root.digest)
      expect(await repository.tags()).toEqual([tag, cosignTags(root.digest as never)[0]!].sort())
    }
    expect(await remote.referrers(root.digest)).toEqual(await source.referrers(root.digest))
  })

  test('done again moves nothing', async () => {
    await using registry = await startRegistry()
    const source = memoryRepository()
    await putEverything(source)
    const destination = await openRepository(`${registry.host}/prod/x`, { fetch })
    await copyClosure(source, 'v1', destination, { tag: 'v1' })
    const again = await copyClosure(source, 'v1', destination, { tag: 'v1' })
    expect(again.bytes).toEqual({ copied: 0, mounted: 0, present: again.verified.bytes })
    expect(again.items.every(({ action }) => action === 'present')).toBe(true)
  })

  test('within one registry mounts instead of moving', async () => {
    await using registry = await startRegistry({ token: { username: 'ada', password: 'x' } })
    const open = (name: string) =>
      openRepository(`${registry.host}/${name}`, {
        fetch,
        credentials: async () => ({ kind: 'password', username: 'ada', password: 'x' }),
      })
    const dev = await open('dev/x')
    await putEverything(dev)
    const report = await copyClosure(dev, 'v1', await open('prod/x'), { tag: 'v1' })
    expect(report.items.filter(({ kind }) => kind === 'blob').map(({ action }) => action)).not.toContain(
      'copied',
    )
    expect(report.bytes.mounted).toBeGreaterThan(6000)
  })

  test('sets the tag only after all else is there', async () => {
    const source = memoryRepository()
    const root = await putEverything(source)
    const destination = memoryRepository()
    const order: string[] = []
    const putManifest = destination.putManifest.bind(destination)
    destination.putManifest = async (bytes, mediaType, tag) => {
      order.push(tag ?? digestOf(bytes))
      return await putManifest(bytes, mediaType, tag)
    }
    await copyClosure(source, 'v1', destination, { tag: 'live' })
    expect(order.at(-1)).toBe('live')
    const children = (await readClosure(source, 'v1')).manifests.map(({ descriptor }) => descriptor.digest)
    expect(order.indexOf(children[0]!)).toBeLessThan(order.indexOf(root.digest))
  })

  test('leaves no tag behind when the source is damaged', async () => {
    await using folder = await temporaryFolder()
    const source = openLayout(folder.path)
    const image = await putImage(source, { layers: [5000], tag: 'v1' })
    const layer = (await readClosure(source, 'v1')).blobs.find(({ size }) => size === 5000)!
    await writeFile(join(folder.path, 'blobs/sha256', layer.digest.slice(7)), randomBytes(5000))
    const destination = memoryRepository()
    await expect(copyClosure(source, 'v1', destination, { tag: 'v1' })).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
    expect(await destination.tags()).toEqual([])
    expect(await destination.resolve(image.digest)).toBeUndefined()
  })

  test('fills a hole below a root that is already there', async () => {
    await using folder = await temporaryFolder()
    const source = memoryRepository()
    await putEverything(source)
    const destination = openLayout(folder.path)
    await copyClosure(source, 'v1', destination, { tag: 'v1' })
    const child = (await readClosure(source, 'v1')).manifests[0]!.descriptor
    await destination.deleteManifest(child.digest)
    await expect(verifyClosure(openLayout(folder.path), 'v1')).rejects.toMatchObject({
      code: 'OCI_CLOSURE_INCOMPLETE',
    })
    await copyClosure(source, 'v1', destination, { tag: 'v1' })
    await verifyClosure(openLayout(folder.path), 'v1', { content: 'bytes' })
  })

  test('refuses to replace a cosign tag that holds other signatures', async () => {
    const source = memoryRepository()
    const root = await putEverything(source)
    const destination = memoryRepository()
    await putImage(destination, { tag: cosignTags(root.digest as never)[0]! })
    await expect(copyClosure(source, 'v1', destination)).rejects.toMatchObject({
      code: 'OCI_SIGNATURES_DIVERGED',
    })
  })
})

describe.each([
  ['with the referrers API', fetch],
  ['without it', fetchWithoutReferrers],
])('a copy to a registry %s', (_, send) => {
  test('that dies at any request leaves no tag over a hole, and can be done again', async () => {
    const source = memoryRepository()
    const image = await putImage(source, { layers: [2000], tag: 'v1' })
    await putImage(source, { subject: image, artifactType: 'application/x-signature' })
    await using registry = await startRegistry()
    for (let survived = 0, done = false; !done; survived++) {
      const name = `${registry.host}/x${survived}`
      let left = survived
      const dying: typeof fetch = async (input, init) => {
        if (left-- <= 0) throw new TypeError('fetch failed')
        return await send(input, init)
      }
      const patience = { attempts: 1 }
      const copy = copyClosure(source, 'v1', await openRepository(name, { fetch: dying, patience }), {
        tag: 'v1',
      })
      done = await copy.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'OCI_UNREACHABLE' })
          return false
        },
      )
      const destination = await openRepository(name, { fetch: send })
      if ((await destination.resolve('v1')) !== undefined)
        expect((await verifyClosure(destination, 'v1')).manifests).toBe(2)
      expect((await copyClosure(source, 'v1', destination, { tag: 'v1' })).verified.manifests).toBe(2)
      expect(survived).toBeLessThan(200)
    }
  }, 60_000)
})

/** Trees of indexes and images, with referrers on any of them. */
type Shape = {
  readonly layers: readonly number[]
  readonly children: readonly Shape[]
  readonly referrers: readonly Shape[]
}
function shapes(depth: number): fc.Arbitrary<Shape> {
  const below = depth === 0 ? fc.constant([]) : fc.array(shapes(depth - 1), { maxLength: 2 })
  return fc.record({ layers: fc.array(fc.nat(3000), { maxLength: 3 }), children: below, referrers: below })
}

async function build(repository: Repository, shape: Shape, subject?: Descriptor): Promise<Descriptor> {
  const children: Descriptor[] = []
  for (const child of shape.children) children.push(await build(repository, child))
  const descriptor =
    children.length > 0 && subject === undefined
      ? await putIndex(repository, children)
      : await putImage(repository, { layers: shape.layers, ...(subject === undefined ? {} : { subject }) })
  for (const referrer of shape.referrers) await build(repository, referrer, descriptor)
  return descriptor
}

test('any closure arrives whole, and a second copy changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(2), async (shape) => {
      await using registry = await startRegistry()
      const source = memoryRepository()
      const root = await build(source, shape)
      const destination = await openRepository(`${registry.host}/x`, { fetch })
      const first = await copyClosure(source, root.digest, destination, { tag: 'v1' })
      const expected = await readClosure(source, root.digest)
      const found = await readClosure(destination, 'v1')
      expect(digests(found.manifests)).toEqual(digests(expected.manifests))
      expect(found.blobs.map(({ digest }) => digest).sort()).toEqual(
        expected.blobs.map(({ digest }) => digest).sort(),
      )
      const again = await copyClosure(source, root.digest, destination, { tag: 'v1' })
      expect(again.bytes.copied).toBe(0)
      expect(again.verified).toEqual(first.verified)
    }),
    { numRuns: 15 },
  )
}, 60_000)

test('a byte flipped in any blob or manifest on disk is noticed', async () => {
  await using folder = await temporaryFolder()
  await using registry = await startRegistry({ folder: folder.path })
  const repository = await openRepository(`${registry.host}/x`, { fetch })
  await putEverything(repository)
  await verifyClosure(repository, 'v1', { content: 'bytes' })
  const { manifests, blobs } = await readClosure(repository, 'v1')
  const names = [...manifests.map(({ descriptor }) => descriptor), ...blobs]
    .filter(({ size }) => size > 0)
    .map(({ digest }) => digest.slice(7))
  expect((await readdir(join(folder.path, 'blobs/sha256'))).length).toBeGreaterThanOrEqual(names.length)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (name, position, change) => {
        const file = join(folder.path, 'blobs/sha256', name)
        const bytes = await readFile(file)
        const wrong = Buffer.from(bytes)
        wrong[position % bytes.length]! ^= change
        await writeFile(file, wrong)
        try {
          await expect(verifyClosure(repository, 'v1', { content: 'bytes' })).rejects.toMatchObject({
            code: 'OCI_DIGEST_MISMATCH',
          })
        } finally {
          await writeFile(file, bytes)
        }
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

function digests(manifests: readonly { descriptor: Descriptor }[]): string[] {
  return manifests.map(({ descriptor }) => descriptor.digest).sort()
}
