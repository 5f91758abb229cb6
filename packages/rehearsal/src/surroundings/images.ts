import { resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import {
  copyClosure,
  formatReference,
  type OpenOptions,
  openRepository,
  parseReference,
  selectManifest,
} from '@sluice/oci'

/** An image that a registry is to hold before a run begins. */
export interface SeededImage {
  /** As references name its repository: `ghcr.io/owner/name`. */
  readonly name: string
  readonly host: string
  readonly repository: string
  readonly tag?: string
  readonly digest: string
  /** `oci:<folder>` or `docker-archive:<file>`, with tag */
  readonly source: string
}

/**
 * Reads what `--image <name>=<source>` says: a registry's repository, with or without a tag, and an OCI layout or
 * docker archive on this machine.
 * @throws SluiceError REHEARSAL_IMAGE_INVALID; OCI_* of a source that cannot be read
 */
export async function readImage(name: string, source: string, folder: string): Promise<SeededImage> {
  const wanted = parseReference(name)
  if (wanted.kind !== 'registry' || wanted.digest !== undefined) {
    throw invalid(`\`${name}\` is no \`host/repository[:tag]\``)
  }
  const from = parseReference(/^(oci|docker-archive):/.test(source) ? source : `oci:${source}`)
  if (from.kind === 'registry') throw invalid(`\`${source}\` is no OCI layout or docker archive`)
  const path = resolve(folder, from.kind === 'layout' ? from.folder : from.file)
  const absolute = from.kind === 'layout' ? { ...from, folder: path } : { ...from, file: path }
  const { digest } = await selectManifest(await openRepository(absolute, { fetch }), absolute)
  const { host, repository, tag } = wanted
  return {
    name: `${host}/${repository}`,
    host,
    repository,
    digest,
    source: formatReference(absolute),
    ...(tag === undefined ? {} : { tag }),
  }
}

/** Inputs in which the bare name of a seeded image, which by itself names no content, has got its digest. Pure. */
export function withDigests(
  inputs: Readonly<Record<string, string>>,
  images: readonly SeededImage[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => {
      const image = images.findLast(({ name }) => name === value)
      return [input, image === undefined ? value : `${image.name}@${image.digest}`]
    }),
  )
}

/** Copies an image with all its referrers. @param registry `host:port` of the registry that stands in */
export async function seed(image: SeededImage, registry: string, options: OpenOptions): Promise<void> {
  const source = await openRepository(image.source, { fetch })
  const destination = await openRepository(`${registry}/${image.repository}`, options)
  await copyClosure(source, image.digest, destination, image.tag === undefined ? {} : { tag: image.tag })
}

function invalid(what: string): SluiceError {
  return new SluiceError('REHEARSAL_IMAGE_INVALID', `${what}.`, {
    remedy: 'Write `--image ghcr.io/owner/name=<folder of an OCI layout>[:tag]`.',
  })
}
