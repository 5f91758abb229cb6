import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSluiceError } from '@sluice/errors'
import { type Digest, digestOf, isDigest, parseDigest, splitDigest } from '../digest.js'
import { LIMITS } from '../limits.js'
import { childrenOf, type ParsedManifest, parseManifest, referrerDescriptor } from '../manifest.js'
import { isForeignLayer, OCI_INDEX } from '../media-types.js'
import { isTag } from '../reference.js'
import { type Answer, json, RegistryFault } from './answer.js'
import type { Catalog } from './catalog.js'

/** GET, HEAD, PUT and DELETE of `/v2/<name>/manifests/<reference>`. */
export async function answerManifest(
  request: IncomingMessage,
  catalog: Catalog,
  name: string,
  reference: string,
  query: URLSearchParams,
): Promise<Answer> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return await read(catalog, name, reference)
    case 'PUT':
      return await put(request, catalog, name, reference, query.getAll('tag'))
    case 'DELETE':
      return await remove(catalog, name, reference)
    default:
      throw new RegistryFault(405, 'UNSUPPORTED', 'Not possible on a manifest.')
  }
}

/** `GET /v2/<name>/tags/list?n=&last=`: sorted, `last` excluded. */
export function listTags(catalog: Catalog, name: string, query: URLSearchParams): Answer {
  const tags = [...catalog.get(name).tags.keys()].sort()
  const last = query.get('last')
  const after = last === null ? tags : tags.filter((tag) => tag > last)
  const limit = query.get('n')
  if (limit !== null && !/^\d+$/.test(limit))
    throw new RegistryFault(400, 'PAGINATION_NUMBER_INVALID', 'n is not a number.')
  const page = limit === null ? after : after.slice(0, Number(limit))
  const end = page.at(-1)
  const more = end !== undefined && page.length < after.length
  const link = `</v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(end ?? '')}>; rel="next"`
  return json(200, { name, tags: page }, more ? { link } : {})
}

/** `GET /v2/<name>/referrers/<digest>?artifactType=`: an index, empty for what is not known. */
export function listReferrers(
  catalog: Catalog,
  name: string,
  subject: Digest,
  query: URLSearchParams,
): Answer {
  const all = [...(catalog.find(name)?.manifests.values() ?? [])].flatMap(({ referrer }) =>
    referrer?.subject === subject ? [referrer.descriptor] : [],
  )
  const type = query.get('artifactType')
  const manifests = type === null ? all : all.filter((descriptor) => descriptor.artifactType === type)
  return json(
    200,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    { 'content-type': OCI_INDEX, ...(type === null ? {} : { 'oci-filters-applied': 'artifactType' }) },
  )
}

async function read(catalog: Catalog, name: string, reference: string): Promise<Answer> {
  const state = catalog.get(name)
  const digest = isDigest(reference) ? reference : state.tags.get(reference)
  const stored = digest === undefined ? undefined : state.manifests.get(digest)
  const size = stored === undefined ? undefined : await catalog.storage.size(parseDigest(digest!))
  if (stored === undefined || size === undefined)
    throw new RegistryFault(404, 'MANIFEST_UNKNOWN', 'No such manifest.')
  return {
    status: 200,
    headers: { 'content-type': stored.mediaType, 'docker-content-digest': digest!, etag: `"${digest}"` },
    body: {
      length: size,
      stream: () => catalog.storage.read(parseDigest(digest!), { start: 0, end: size - 1 }),
    },
  }
}

async function put(
  request: IncomingMessage,
  catalog: Catalog,
  name: string,
  reference: string,
  extra: readonly string[],
): Promise<Answer> {
  const bytes = await body(request)
  const manifest = parse(bytes, request.headers['content-type'])
  const digest = isDigest(reference) ? reference : digestOf(bytes)
  const { algorithm, hex } = splitDigest(digest)
  if (createHash(algorithm).update(bytes).digest('hex') !== hex) {
    throw new RegistryFault(400, 'DIGEST_INVALID', 'The manifest does not have that digest.')
  }
  requireChildren(catalog, name, manifest)
  if (!extra.every(isTag)) throw new RegistryFault(400, 'TAG_INVALID', 'That is not a tag.')
  const upload = await catalog.storage.begin()
  await upload.append(once(bytes))
  await upload.finish(digest)
  const { subject } = manifest
  const descriptor = referrerDescriptor(
    { mediaType: manifest.mediaType, digest, size: bytes.byteLength },
    manifest,
  )
  const tags = isDigest(reference) ? extra : [reference]
  await catalog.change(name, (state) => {
    state.manifests.set(digest, {
      mediaType: manifest.mediaType,
      size: bytes.byteLength,
      ...(subject === undefined ? {} : { referrer: { subject: subject.digest, descriptor } }),
    })
    for (const tag of tags) state.tags.set(tag, digest)
  })
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject === undefined ? {} : { 'oci-subject': subject.digest }),
      ...(extra.length === 0 ? {} : { 'oci-tag': extra.join(', ') }),
    },
  }
}

async function remove(catalog: Catalog, name: string, reference: string): Promise<Answer> {
  const state = catalog.get(name)
  if (!isDigest(reference)) {
    if (!state.tags.has(reference)) throw new RegistryFault(404, 'MANIFEST_UNKNOWN', 'No such tag.')
    await catalog.change(name, ({ tags }) => {
      tags.delete(reference)
    })
    return { status: 202 }
  }
  if (!state.manifests.has(reference)) throw new RegistryFault(404, 'MANIFEST_UNKNOWN', 'No such manifest.')
  await catalog.change(name, ({ manifests, tags }) => {
    manifests.delete(reference)
    for (const [tag, digest] of tags) if (digest === reference) tags.delete(tag)
  })
  await catalog.sweep(reference)
  return { status: 202 }
}

function parse(bytes: Uint8Array, contentType: string | undefined): ParsedManifest {
  try {
    return parseManifest(bytes, contentType)
  } catch (error) {
    if (isSluiceError(error)) throw new RegistryFault(400, 'MANIFEST_INVALID', error.message)
    throw error
  }
}

function requireChildren(catalog: Catalog, name: string, manifest: ParsedManifest): void {
  for (const child of childrenOf(manifest)) {
    if (catalog.hasBlob(name, child.digest) || isForeignLayer(child.mediaType)) continue
    throw new RegistryFault(
      400,
      'MANIFEST_BLOB_UNKNOWN',
      `It names ${child.digest}, which is not in this repository.`,
    )
  }
}

async function body(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > LIMITS.manifest)
      throw new RegistryFault(413, 'SIZE_INVALID', `A manifest has at most ${LIMITS.manifest} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
