import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Descriptor,
  digestOf,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
  type Repository,
} from '../src/index.js'

/** A folder that removes itself. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'oci-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export async function put(repository: Repository, bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength }
  await repository.putBlob(descriptor, () => once(bytes))
  return descriptor
}

/** Puts an image of random layers and returns its descriptor. */
export async function putImage(
  repository: Repository,
  {
    layers = [2000],
    tag,
    subject,
    artifactType,
    annotations,
  }: {
    layers?: readonly number[]
    tag?: string
    subject?: Descriptor
    artifactType?: string
    annotations?: Record<string, string>
  } = {},
): Promise<Descriptor> {
  const config =
    artifactType === undefined
      ? await put(
          repository,
          Buffer.from(
            JSON.stringify({
              architecture: 'amd64',
              os: 'linux',
              rootfs: { type: 'layers', diff_ids: [] },
              salt: randomBytes(8).toString('hex'),
            }),
          ),
          OCI_CONFIG,
        )
      : await put(repository, Buffer.from('{}'), OCI_EMPTY)
  const descriptors: Descriptor[] = []
  for (const size of layers) descriptors.push(await put(repository, randomBytes(size), OCI_LAYER_GZIP))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(artifactType === undefined ? {} : { artifactType }),
    config,
    layers: descriptors,
    ...(subject === undefined
      ? {}
      : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    ...(annotations === undefined ? {} : { annotations }),
  }
  return await repository.putManifest(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST, tag)
}

export async function putIndex(
  repository: Repository,
  manifests: readonly Descriptor[],
  tag?: string,
): Promise<Descriptor> {
  return await repository.putManifest(
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })),
    OCI_INDEX,
    tag,
  )
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** `fetch` as if the registry behind it knew nothing of referrers, like distribution 2.8. */
export const fetchWithoutReferrers: typeof fetch = async (input, init) => {
  if (String(input).includes('/referrers/')) return new Response('404 page not found', { status: 404 })
  const response = await fetch(input, init)
  const headers = new Headers(response.headers)
  headers.delete('oci-subject')
  return new Response(response.body, { status: response.status, headers })
}
