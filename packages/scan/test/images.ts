import { gzipSync, zstdCompressSync } from 'node:zlib'
import {
  type Descriptor,
  digestOf,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
  putBytes,
  type Repository,
} from '@sluice/oci'
import { pack } from 'tar-stream'

/** Path to content, or to what stands there instead. */
export type Tree = Readonly<
  Record<string, string | Uint8Array | { link: string } | { hardlink: string } | { folder: true }>
>

/** A tar of these entries, in this order. */
export async function tar(tree: Tree): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(tree)) {
    if (typeof content === 'string' || content instanceof Uint8Array)
      archive.entry({ name }, Buffer.from(content as string))
    else if ('link' in content) archive.entry({ name, type: 'symlink', linkname: content.link })
    else if ('hardlink' in content) archive.entry({ name, type: 'link', linkname: content.hardlink })
    else archive.entry({ name, type: 'directory' })
  }
  archive.finalize()
  const parts: Uint8Array[] = []
  for await (const part of archive) parts.push(part as Uint8Array)
  return Buffer.concat(parts)
}

const COMPRESS = { gzip: gzipSync, zstd: zstdCompressSync, none: (bytes: Buffer) => bytes }

/** An image of these layers, the lowest first; layers that are trees are packed and gzipped. */
export async function image(
  repository: Repository,
  layers: readonly (Tree | Buffer)[],
  options: { compression?: keyof typeof COMPRESS; tag?: string; architecture?: string } = {},
): Promise<Descriptor> {
  const descriptors: Descriptor[] = []
  for (const layer of layers) {
    const bytes = Buffer.isBuffer(layer)
      ? layer
      : COMPRESS[options.compression ?? 'gzip'](await tar(layer as Tree))
    descriptors.push(await putBytes(repository, bytes, 'application/vnd.oci.image.layer.v1.tar+gzip'))
  }
  const config = {
    architecture: options.architecture ?? 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await putBytes(repository, Buffer.from(JSON.stringify(config)), OCI_CONFIG),
    layers: descriptors,
  }
  return await repository.putManifest(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST, options.tag)
}

/** An index of images for platforms, with an attestation beside them as BuildKit writes it. */
export async function index(
  repository: Repository,
  images: Readonly<Record<string, Descriptor>>,
): Promise<Descriptor> {
  const manifests = Object.entries(images).map(([platform, descriptor]) => {
    const [os, architecture, variant] = platform.split('/')
    return { ...descriptor, platform: { os, architecture, ...(variant ? { variant } : {}) } }
  })
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }))
  return await repository.putManifest(bytes, OCI_INDEX)
}

export { digestOf }

export const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
export const ALPINE = "ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME='Alpine Linux v3.20'\n"

/** A dpkg status of these packages. */
export function dpkg(
  packages: readonly { name: string; version: string; source?: string; status?: string }[],
): string {
  return packages
    .map(
      ({ name, version, source, status }) =>
        `Package: ${name}\nStatus: ${status ?? 'install ok installed'}\nArchitecture: amd64\n` +
        `${source === undefined ? '' : `Source: ${source}\n`}Version: ${version}\nDescription: text\n more: text\n`,
    )
    .join('\n')
}

export const LIBSSL = { name: 'libssl3', version: '3.0.11-1~deb12u1', source: 'openssl' }
