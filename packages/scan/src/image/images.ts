import { SluiceError } from '@sluice/errors'
import { type Descriptor, type ParsedManifest, parseManifest, type Repository } from '@sluice/oci'
import { IMAGE_LIMITS } from './limits.js'

/** One image of one platform. */
export interface Image {
  readonly digest: string
  /** `linux/amd64`, by the index, or by the image's own config where no index names it. */
  readonly platform?: string
  /** Digest of its config, which is what Docker calls its id. */
  readonly configDigest: string
  readonly layers: readonly Descriptor[]
}

/** Config media types of images (image-spec 1.1; Docker image manifest v2). */
const CONFIGS = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']

/**
 * The images below a descriptor: itself, or those of an index for the wanted platforms (all when none is
 * given). Attestations in an index, which name the platform `unknown/unknown`, are passed over.
 * @throws SluiceError IMAGE_PLATFORM_NOT_FOUND, IMAGE_NOT_AN_IMAGE, and those of the repository
 */
export async function imagesOf(
  repository: Repository,
  top: Descriptor,
  platforms: readonly string[],
): Promise<Image[]> {
  const images: Image[] = []
  const seen: string[] = []
  await visit(repository, top, undefined, 0, (image) => {
    seen.push(image.platform ?? 'one without a platform')
    const { platform } = image
    if (platforms.length === 0 || platforms.some((wanted) => matches(platform, wanted))) images.push(image)
  })
  const missing = platforms.filter((wanted) => !images.some(({ platform }) => matches(platform, wanted)))
  if (missing.length > 0 || images.length === 0) {
    throw new SluiceError(
      'IMAGE_PLATFORM_NOT_FOUND',
      `${repository.name} has no image for ${missing.join(', ') || 'any platform'}; it has ${seen.join(', ') || 'none'}.`,
      { remedy: 'Correct `platforms`, or leave it out to scan all that are there.' },
    )
  }
  return images
}

async function visit(
  repository: Repository,
  descriptor: Descriptor,
  platform: string | undefined,
  depth: number,
  found: (image: Image) => void,
): Promise<void> {
  if (depth > IMAGE_LIMITS.depth) throw notAnImage(descriptor, 'its indexes are nested too deep')
  const { bytes } = await repository.manifest(descriptor.digest)
  const manifest = parseManifest(bytes, descriptor.mediaType)
  if (manifest.kind === 'index') {
    for (const child of manifest.manifests) {
      const name = platformOf(child)
      if (name === 'unknown/unknown') continue
      await visit(repository, child, name ?? platform, depth + 1, found)
    }
    return
  }
  found(await toImage(repository, descriptor, manifest, platform))
}

async function toImage(
  repository: Repository,
  descriptor: Descriptor,
  manifest: ParsedManifest & { kind: 'image' },
  named: string | undefined,
): Promise<Image> {
  const { config, layers } = manifest
  if (!CONFIGS.includes(config.mediaType)) {
    throw notAnImage(descriptor, `its config is of type ${config.mediaType}`)
  }
  const platform = named ?? (await platformOfConfig(repository, config))
  return {
    digest: descriptor.digest,
    configDigest: config.digest,
    layers,
    ...(platform === undefined ? {} : { platform }),
  }
}

/** What the image says of itself (image-spec 1.1, config.md); undefined when it does not say. */
async function platformOfConfig(repository: Repository, config: Descriptor): Promise<string | undefined> {
  if (config.size > IMAGE_LIMITS.config) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of repository.blob(config)) chunks.push(chunk)
  try {
    const { os, architecture, variant } = JSON.parse(Buffer.concat(chunks).toString()) as Record<
      string,
      unknown
    >
    if (typeof os !== 'string' || typeof architecture !== 'string') return undefined
    return [os, architecture, ...(typeof variant === 'string' ? [variant] : [])].join('/')
  } catch {
    return undefined
  }
}

function platformOf({ platform }: Descriptor): string | undefined {
  if (platform === undefined) return undefined
  const { os, architecture, variant } = platform
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** `linux/arm64` also names `linux/arm64/v8`. */
function matches(platform: string | undefined, wanted: string): boolean {
  return platform === wanted || (platform?.startsWith(`${wanted}/`) ?? false)
}

function notAnImage(descriptor: Descriptor, why: string): SluiceError {
  return new SluiceError('IMAGE_NOT_AN_IMAGE', `${descriptor.digest} is no container image: ${why}.`, {
    remedy: 'Name an image; model files are examined by model-scan.',
  })
}
