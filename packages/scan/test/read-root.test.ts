import { type Descriptor, memoryRepository } from '@sluice/oci'
import { describe, expect, test } from 'vitest'
import { inventoryImages } from '../src/scan-image.js'
import { DEBIAN, dpkg, image, LIBSSL, type Tree, tar } from './images.js'

const STATUS = 'var/lib/dpkg/status'
const BASE: Tree = { 'etc/os-release': DEBIAN, [STATUS]: dpkg([LIBSSL]) }

async function scan(layers: readonly (Tree | Buffer)[], options: Parameters<typeof image>[2] = {}) {
  const repository = memoryRepository()
  const [found] = await inventoryImages(repository, await image(repository, layers, options))
  const { packages, gaps, distribution } = found!.inventory
  return {
    names: packages.map(({ name, version }) => `${name} ${version}`),
    rules: gaps.map(({ rule }) => rule),
    gaps,
    distribution,
  }
}

const LIBSSL_SEEN = ['libssl3 3.0.11-1~deb12u1']

test.each(['gzip', 'zstd', 'none'] as const)('layers compressed with %s are read', async (compression) => {
  expect(await scan([BASE], { compression })).toMatchObject({
    names: LIBSSL_SEEN,
    rules: [],
    distribution: { id: 'debian', version: '12' },
  })
})

describe('what a later layer does', () => {
  test.each<[string, Tree, string[]]>([
    ['replaces a file', { [STATUS]: dpkg([{ name: 'bash', version: '5.2' }]) }, ['bash 5.2']],
    ['removes a file', { 'var/lib/dpkg/.wh.status': '' }, []],
    ['removes a folder above it', { 'var/lib/.wh.dpkg': '' }, []],
    ['empties a folder', { 'var/lib/dpkg/.wh..wh..opq': '' }, []],
    ['replaces a folder above it by a file', { 'var/lib': 'file' }, []],
    ['replaces a folder above it by a link', { var: { link: '/data' } }, []],
    ['names a folder again', { 'var/lib/dpkg/': { folder: true } }, LIBSSL_SEEN],
    ['removes something else', { 'var/lib/dpkg/.wh.status-old': '' }, LIBSSL_SEEN],
    [
      'empties a folder and fills it, the marker last',
      { [STATUS]: dpkg([{ name: 'bash', version: '5.2' }]), 'var/lib/dpkg/.wh..wh..opq': '' },
      ['bash 5.2'],
    ],
    [
      'names the file with a dot before it',
      { [`./${STATUS}`]: dpkg([{ name: 'bash', version: '5.2' }]) },
      ['bash 5.2'],
    ],
    [
      'names the file from the root, through folders above',
      { [`/../../etc/../${STATUS}`]: dpkg([{ name: 'bash', version: '5.2' }]) },
      ['bash 5.2'],
    ],
  ])('%s', async (_, layer, names) => {
    const scanned = await scan([BASE, layer])
    expect(scanned.names).toEqual(names)
    expect(scanned.rules).toEqual(names.length === 0 ? ['image/no-packages'] : [])
  })
})

describe('links are data', () => {
  test('os-release may be one', async () => {
    const tree: Tree = {
      'etc/os-release': { link: '../usr/lib/os-release' },
      'usr/lib/os-release': DEBIAN,
      [STATUS]: dpkg([LIBSSL]),
    }
    expect(await scan([tree])).toMatchObject({ names: LIBSSL_SEEN, rules: [] })
  })

  test('one that leads out of the image leads nowhere', async () => {
    const tree: Tree = { ...BASE, [STATUS]: { link: '../../../../../../../etc/passwd' } }
    expect((await scan([tree])).rules).toEqual(['image/inventory-unreadable', 'image/no-packages'])
  })

  test('one in a circle leads nowhere', async () => {
    const tree: Tree = { ...BASE, [STATUS]: { link: 'status' } }
    expect((await scan([tree])).rules).toContain('image/no-packages')
  })

  test('a hard link to a kept file is that file, one to another is unreadable', async () => {
    const tree: Tree = {
      'etc/os-release': DEBIAN,
      'var/lib/dpkg/status.d/a': dpkg([LIBSSL]),
      [STATUS]: { hardlink: 'var/lib/dpkg/status.d/a' },
    }
    expect((await scan([tree])).names).toEqual([...LIBSSL_SEEN, ...LIBSSL_SEEN])
    expect((await scan([{ ...BASE, [STATUS]: { hardlink: 'data/status' } }])).rules).toContain(
      'image/inventory-unreadable',
    )
  })
})

describe('a layer that is not whole leaves a gap', () => {
  test.each<[string, (whole: Buffer) => Buffer | Promise<Buffer>]>([
    ['cut off', (whole) => whole.subarray(0, 700)],
    [
      'with a broken header',
      (whole) => Buffer.concat([whole.subarray(0, 1024), Buffer.alloc(512, 7), whole.subarray(1536)]),
    ],
    [
      'with entries behind its end',
      async (whole) =>
        Buffer.concat([whole, await tar({ [STATUS]: dpkg([{ name: 'bash', version: '9' }]) })]),
    ],
    ['with a byte behind its end', (whole) => Buffer.concat([whole, Buffer.from('x')])],
  ])('%s', async (_, damage) => {
    const whole = await tar(BASE)
    const { rules } = await scan([await damage(whole)], { compression: 'none' })
    expect(rules).toContain('image/layer-unreadable')
  })

  test('with broken compression', async () => {
    const { gzipSync } = await import('node:zlib')
    const whole = gzipSync(await tar({ ...BASE, big: Buffer.alloc(200_000, 'abc') }))
    const { rules } = await scan([whole.subarray(0, whole.length - 30)])
    expect(rules).toContain('image/layer-unreadable')
  })

  test('entries behind the end do not replace what an engine sees', async () => {
    const whole = await tar(BASE)
    const hidden = await tar({ [STATUS]: dpkg([{ name: 'libssl3', version: '9:9' }]) })
    const { names } = await scan([Buffer.concat([whole, hidden])])
    expect(names).toEqual(LIBSSL_SEEN)
  })
})

test('a folder that states a size hides no entries behind it', async () => {
  const hidden = await tar({ [STATUS]: dpkg([{ name: 'bash', version: '5.2' }]) })
  const folder = Buffer.from((await tar({ 'x/': { folder: true } })).subarray(0, 512))
  folder.write(`${(hidden.length - 1024).toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  folder.fill(' ', 148, 156)
  const sum = folder.reduce((total, byte) => total + byte, 0)
  folder.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  const { names, rules } = await scan([BASE, Buffer.concat([folder, hidden])], { compression: 'none' })
  expect({ names, rules }).toEqual({ names: ['bash 5.2'], rules: [] })
})

test('long names are read as pax and as GNU write them', async () => {
  const path = `${'long-folder-name/'.repeat(12)}package-1.0.dist-info/METADATA`
  const { names } = await scan([{ ...BASE, [path]: 'Name: package\nVersion: 1.0\n' }])
  expect(names).toContain('package 1.0')
})

test('a layer with another digest than its descriptor is an error', async () => {
  const repository = memoryRepository()
  const top = await image(repository, [BASE])
  const lying = {
    ...repository,
    manifest: (reference: string) => repository.manifest(reference),
    hasBlob: (digest: string) => repository.hasBlob(digest),
    blob: (descriptor: Descriptor) => repository.blob({ ...descriptor, size: descriptor.size + 1 }),
  }
  await expect(inventoryImages(lying as typeof repository, top)).rejects.toMatchObject({
    name: 'SluiceError',
  })
})
