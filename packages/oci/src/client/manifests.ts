import { createHash } from 'node:crypto'
import type { Descriptor, Manifest } from '../content.js'
import { digestOf, isDigest, splitDigest } from '../digest.js'
import { digestMismatch, tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { parseManifest } from '../manifest.js'
import { bareType, isManifestType, MANIFEST_TYPES } from '../media-types.js'
import type { Endpoint } from './endpoint.js'

// distribution 2.8 answers a HEAD without Accept with 404 for OCI media types.
const ACCEPT = MANIFEST_TYPES.join(', ')

/** What a tag or digest stands for, by HEAD where the registry tells enough, else by GET. */
export async function headManifest(endpoint: Endpoint, reference: string): Promise<Descriptor | undefined> {
  const { response } = await endpoint.send(
    {
      method: 'HEAD',
      url: endpoint.url(`manifests/${reference}`),
      scopes: endpoint.pull,
      headers: { accept: ACCEPT },
    },
    [200, 404],
    `resolve ${reference}`,
  )
  if (response.status === 404) return undefined
  const mediaType = bareType(response.headers.get('content-type') ?? '')
  const length = response.headers.get('content-length')
  const digest = response.headers.get('docker-content-digest') ?? (isDigest(reference) ? reference : null)
  if (digest === null || !isDigest(digest) || length === null || !isManifestType(mediaType)) {
    return (await getManifest(endpoint, reference))?.descriptor
  }
  if (isDigest(reference) && digest !== reference) throw digestMismatch(endpoint.name, digest, reference)
  return { mediaType, digest, size: Number(length) }
}

/** A manifest's bytes as the registry has them, checked against the digest asked for and the one stated. */
export async function getManifest(endpoint: Endpoint, reference: string): Promise<Manifest | undefined> {
  const { response, bytes } = await endpoint.read(
    {
      method: 'GET',
      url: endpoint.url(`manifests/${reference}`),
      scopes: endpoint.pull,
      headers: { accept: ACCEPT },
    },
    [200, 404],
    LIMITS.manifest,
    `read manifest ${reference}`,
  )
  if (response.status === 404) return undefined
  const stated = response.headers.get('docker-content-digest')
  const expected = isDigest(reference) ? reference : stated
  const digest = expected !== null && isDigest(expected) ? expected : digestOf(bytes)
  const { algorithm, hex } = splitDigest(digest)
  const found = createHash(algorithm).update(bytes).digest('hex')
  if (found !== hex) throw digestMismatch(endpoint.name, `${algorithm}:${found}`, digest)
  const { mediaType } = parseManifest(bytes, response.headers.get('content-type') ?? undefined)
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes }
}

/** Puts bytes under their digest, or under a tag. Returns the subject that the registry says it noted. */
export async function putManifest(
  endpoint: Endpoint,
  bytes: Uint8Array,
  mediaType: string,
  tag: string | undefined,
): Promise<{ readonly descriptor: Descriptor; readonly notedSubject: string | null }> {
  if (bytes.byteLength > LIMITS.manifest) throw tooLarge(endpoint.name, 'A manifest', LIMITS.manifest)
  const digest = digestOf(bytes)
  const { response } = await endpoint.send(
    {
      method: 'PUT',
      url: endpoint.url(`manifests/${tag ?? digest}`),
      scopes: endpoint.push,
      headers: { 'content-type': mediaType },
      body: { length: bytes.byteLength, open: () => once(bytes) },
    },
    [201],
    `put manifest ${tag ?? digest}`,
  )
  await response.body?.cancel()
  const stated = response.headers.get('docker-content-digest')
  if (stated !== null && stated !== digest) throw digestMismatch(endpoint.name, stated.slice(0, 140), digest)
  return {
    descriptor: { mediaType, digest, size: bytes.byteLength },
    notedSubject: response.headers.get('oci-subject'),
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
