import { SluiceError } from '@sluice/errors'
import type { Descriptor } from './content.js'
import { isDigest } from './digest.js'
import { LIMITS } from './limits.js'
import { bareType, isIndexType, isManifestType, OCI_INDEX, OCI_MANIFEST } from './media-types.js'

/** What a manifest says, with every descriptor checked for form. */
export type ParsedManifest = {
  readonly mediaType: string
  readonly subject?: Descriptor
  readonly artifactType?: string
  readonly annotations: Readonly<Record<string, string>>
} & (
  | { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
)

/**
 * Reads a manifest or index (image-spec 1.1; Docker manifest v2 schema 2).
 * @param mediaType as the registry or the parent descriptor states it; taken from the bytes when absent
 * @throws SluiceError OCI_MANIFEST_INVALID, OCI_TOO_LARGE
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): ParsedManifest {
  if (bytes.byteLength > LIMITS.manifest)
    throw invalid(`it has ${bytes.byteLength} bytes; the limit is ${LIMITS.manifest}`)
  const json = parseObject(bytes)
  const type = typeOf(json, mediaType)
  const common = {
    mediaType: type,
    ...(json['subject'] === undefined ? {} : { subject: toDescriptor(json['subject'], 'subject') }),
    ...(typeof json['artifactType'] === 'string' ? { artifactType: json['artifactType'] } : {}),
    annotations: toAnnotations(json['annotations'], 'annotations'),
  }
  if (isIndexType(type))
    return { ...common, kind: 'index', manifests: toDescriptors(json['manifests'], 'manifests') }
  return {
    ...common,
    kind: 'image',
    config: toDescriptor(json['config'], 'config'),
    layers: toDescriptors(json['layers'], 'layers'),
  }
}

/**
 * The descriptor under which a manifest is listed as a referrer: artifactType is its own, else the
 * media type of its config; all its annotations come along (distribution-spec 1.1, "Listing referrers").
 */
export function referrerDescriptor(descriptor: Descriptor, manifest: ParsedManifest): Descriptor {
  const artifactType =
    manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined)
  return {
    mediaType: manifest.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(manifest.annotations).length === 0 ? {} : { annotations: manifest.annotations }),
  }
}

/** Descriptors of all that a manifest needs in its own repository; the subject is not among them. */
export function childrenOf(manifest: ParsedManifest): readonly Descriptor[] {
  return manifest.kind === 'index' ? manifest.manifests : [manifest.config, ...manifest.layers]
}

/**
 * Reads an index.json, a fallback tag's index or a referrers answer, where the media type may be left out.
 * @throws SluiceError OCI_MANIFEST_INVALID
 */
export function parseIndexEntries(bytes: Uint8Array): Descriptor[] {
  const json = parseObject(bytes)
  if (json['mediaType'] !== undefined && !isIndexType(String(json['mediaType'])))
    throw invalid('it is not an index')
  return [...toDescriptors(json['manifests'] ?? [], 'manifests', LIMITS.tags)]
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw invalid('it is not JSON', cause)
  }
  if (!isRecord(json)) throw invalid('it is not a JSON object')
  if (json['schemaVersion'] !== undefined && json['schemaVersion'] !== 2) {
    throw invalid(
      `its schemaVersion is ${JSON.stringify(json['schemaVersion'])?.slice(0, 40)}; only 2 is supported`,
    )
  }
  return json
}

function typeOf(json: Record<string, unknown>, stated: string | undefined): string {
  const own = json['mediaType']
  if (own !== undefined && typeof own !== 'string') throw invalid('its mediaType is not a string')
  const outer = stated === undefined || !isManifestType(stated) ? undefined : bareType(stated)
  // A manifest that reads differently by its header and by its body is how one digest is made to mean
  // two things (CVE-2021-41190), so they must agree, and an index must not carry layers.
  if (own !== undefined && outer !== undefined && bareType(own) !== outer)
    throw invalid(`it is served as ${outer} but says ${bareType(own)}`)
  const type =
    (own === undefined ? undefined : bareType(own)) ??
    outer ??
    (Array.isArray(json['manifests']) ? OCI_INDEX : OCI_MANIFEST)
  if (!isManifestType(type))
    throw invalid(`its media type ${type.slice(0, 100)} is not one of an image, index or artifact`)
  if (
    isIndexType(type)
      ? json['layers'] !== undefined || json['config'] !== undefined
      : json['manifests'] !== undefined
  ) {
    throw invalid('it has the fields of an image and of an index')
  }
  return type
}

function toDescriptors(
  value: unknown,
  field: string,
  limit: number = LIMITS.descriptors,
): readonly Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`"${field}" is not a list`)
  if (value.length > limit) throw invalid(`"${field}" has ${value.length} entries; the limit is ${limit}`)
  return value.map((item, index) => toDescriptor(item, `${field}[${index}]`))
}

function toDescriptor(value: unknown, field: string): Descriptor {
  if (!isRecord(value)) throw invalid(`"${field}" is not a descriptor`)
  const { mediaType, digest, size, artifactType, annotations, platform } = value
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw invalid(`"${field}" has no mediaType`)
  if (typeof digest !== 'string' || !isDigest(digest))
    throw invalid(`"${field}" has no sha256 or sha512 digest`)
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw invalid(`"${field}" has no size in whole bytes`)
  return {
    mediaType,
    digest,
    size: size as number,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations: toAnnotations(annotations, `${field}.annotations`) }),
    ...(isRecord(platform) ? { platform: toPlatform(platform) } : {}),
  }
}

function toPlatform(platform: Record<string, unknown>): NonNullable<Descriptor['platform']> {
  return {
    os: String(platform['os'] ?? 'unknown'),
    architecture: String(platform['architecture'] ?? 'unknown'),
    ...(typeof platform['variant'] === 'string' ? { variant: platform['variant'] } : {}),
  }
}

function toAnnotations(value: unknown, field: string): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw invalid(`"${field}" is not an object`)
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw invalid(`"${field}" has a value that is not text at "${key.slice(0, 100)}"`)
  }
  return value as Record<string, string>
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(why: string, cause?: unknown): SluiceError {
  return new SluiceError('OCI_MANIFEST_INVALID', `A manifest cannot be read: ${why}.`, {
    kind: 'refused',
    cause,
    remedy: 'Publish the artifact again with a current tool; Docker schema 1 is not supported.',
  })
}
