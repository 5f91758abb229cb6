import { SluiceError } from '@sluice/errors'
import type { Descriptor, Repository } from '../content.js'
import { forEachAtOnce } from '../copy/pool.js'
import { notFound } from '../faults.js'
import { LIMITS } from '../limits.js'
import { parseManifest } from '../manifest.js'
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../media-types.js'
import { collect } from '../verified.js'
import { gzipLayer, type LayerSource, tarLayer } from './layer.js'
import { measure, putBytes } from './put.js'

/** How the image runs (image-spec 1.1, config.md). */
export interface ImageConfig {
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly workingDir?: string
  readonly user?: string
  /** `8080/tcp` */
  readonly exposedPorts?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** ISO 8601; the epoch by default, so that the same content has the same digest. */
  readonly created?: string
  /** As Go writes it; `amd64` by default. */
  readonly architecture?: string
  /** `linux` by default. */
  readonly os?: string
}

export interface ImageSpec {
  /** From the bottom up, on top of the base's. */
  readonly layers: readonly LayerSource[]
  readonly config?: ImageConfig
  readonly annotations?: Readonly<Record<string, string>>
  readonly tag?: string
  readonly base?: { readonly repository: Repository; readonly reference: string }
}

interface Base {
  readonly layers: readonly Descriptor[]
  readonly diffIds: readonly string[]
  readonly history: readonly unknown[]
  readonly config: Record<string, unknown>
}

/**
 * Makes an image without a container engine: layers as reproducible tar+gzip, config, manifest.
 * @returns the manifest's descriptor
 * @throws SluiceError OCI_LAYER_PATH_INVALID, OCI_FILE_UNREADABLE, OCI_NOT_FOUND for the base
 */
export async function writeImage(repository: Repository, spec: ImageSpec): Promise<Descriptor> {
  const config = spec.config ?? {}
  const platform = { os: config.os ?? 'linux', architecture: config.architecture ?? 'amd64' }
  const created = config.created ?? '1970-01-01T00:00:00Z'
  const base = spec.base === undefined ? EMPTY : await takeBase(spec.base, repository, platform)
  const layers = [...base.layers]
  const diffIds = [...base.diffIds]
  for (const layer of spec.layers) {
    diffIds.push((await measure(tarLayer(layer))).digest)
    const descriptor = { mediaType: OCI_LAYER_GZIP, ...(await measure(gzipLayer(layer))) }
    await repository.putBlob(descriptor, () => gzipLayer(layer))
    layers.push(descriptor)
  }
  const image = {
    created,
    ...platform,
    config: merged(base.config, config),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [...base.history, ...spec.layers.map(() => ({ created, created_by: 'sluice' }))],
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await putBytes(repository, encode(image), OCI_CONFIG),
    layers,
    ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
  }
  return await repository.putManifest(encode(manifest), OCI_MANIFEST, spec.tag)
}

const EMPTY: Base = { layers: [], diffIds: [], history: [], config: {} }

async function takeBase(
  { repository, reference }: NonNullable<ImageSpec['base']>,
  destination: Repository,
  platform: { readonly os: string; readonly architecture: string },
): Promise<Base> {
  const top = await repository.manifest(reference)
  let parsed = parseManifest(top.bytes, top.descriptor.mediaType)
  if (parsed.kind === 'index') {
    const child = parsed.manifests.find(
      (entry) => entry.platform?.os === platform.os && entry.platform.architecture === platform.architecture,
    )
    if (child === undefined)
      throw notFound(repository.name, `${reference} for ${platform.os}/${platform.architecture}`)
    const manifest = await repository.manifest(child.digest)
    parsed = parseManifest(manifest.bytes, manifest.descriptor.mediaType)
  }
  if (parsed.kind === 'index') throw unusable(repository, 'it is an index within an index')
  await forEachAtOnce(parsed.layers, 4, async (layer) => {
    if (await destination.hasBlob(layer.digest, layer.size)) return
    if ((await destination.mountFrom?.(layer, repository)) === true) return
    await destination.putBlob(layer, () => repository.blob(layer))
  })
  const bytes = await collect(
    repository.blob(parsed.config),
    LIMITS.manifest,
    'An image config',
    repository.name,
  )
  const json = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
  const diffIds = (json['rootfs'] as { diff_ids?: unknown } | undefined)?.diff_ids
  if (!Array.isArray(diffIds) || diffIds.length !== parsed.layers.length)
    throw unusable(repository, 'its config does not list its layers')
  return {
    layers: parsed.layers,
    diffIds: diffIds.map(String),
    history: Array.isArray(json['history']) ? json['history'] : [],
    config: (json['config'] ?? {}) as Record<string, unknown>,
  }
}

/** The base's settings, replaced or, for environment and labels, added to by the image's own. */
function merged(base: Record<string, unknown>, config: ImageConfig): Record<string, unknown> {
  const inherited = (Array.isArray(base['Env']) ? base['Env'] : []).map(String)
  const own = config.env ?? {}
  const env = [
    ...inherited.filter((line) => !Object.hasOwn(own, line.slice(0, line.indexOf('=')))),
    ...Object.entries(own).map(([name, value]) => `${name}=${value}`),
  ]
  const labels = { ...(base['Labels'] as Record<string, string> | undefined), ...config.labels }
  return {
    ...base,
    ...(env.length === 0 ? {} : { Env: env }),
    ...(config.entrypoint === undefined ? {} : { Entrypoint: config.entrypoint }),
    // A new entrypoint makes the base's default arguments meaningless (as in a Dockerfile).
    ...(config.cmd === undefined
      ? config.entrypoint === undefined
        ? {}
        : { Cmd: undefined }
      : { Cmd: config.cmd }),
    ...(config.workingDir === undefined ? {} : { WorkingDir: config.workingDir }),
    ...(config.user === undefined ? {} : { User: config.user }),
    ...(config.exposedPorts === undefined
      ? {}
      : { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) }),
    ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }),
  }
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function unusable(repository: Repository, why: string): SluiceError {
  return new SluiceError(
    'OCI_BASE_UNUSABLE',
    `The base image in ${repository.name} cannot be built upon: ${why}.`,
    {
      remedy: 'Name an ordinary image with its digest.',
    },
  )
}
