import { SluiceError } from '@sluice/errors'
import type { Descriptor, Repository } from '../content.js'
import { parseManifest } from '../manifest.js'
import { isForeignLayer } from '../media-types.js'
import { type Closure, type ClosureManifest, readClosure } from './closure.js'
import { forEachAtOnce } from './pool.js'
import { type ClosureReport, verifyClosure } from './verify-closure.js'

export interface CopyOptions {
  /** Names the root at the destination, once all else is there. Without it the copy is reachable by digest only. */
  readonly tag?: string
  readonly log?: (message: string) => void
  /** Blobs on their way at the same time; 4 by default. */
  readonly concurrency?: number
}

/** What happened to one piece. `foreign` layers are left to those who serve them. */
export interface CopiedItem {
  readonly kind: 'blob' | 'manifest'
  readonly descriptor: Descriptor
  readonly action: 'copied' | 'mounted' | 'present' | 'foreign'
}

export interface CopyReport {
  readonly source: string
  readonly destination: string
  readonly root: Descriptor
  readonly tag?: string
  readonly items: readonly CopiedItem[]
  /** Sums by what happened, in bytes. */
  readonly bytes: { readonly copied: number; readonly mounted: number; readonly present: number }
  /** The walk of the destination at the end. */
  readonly verified: ClosureReport
}

/**
 * Copies an artifact with all that refers to it, by digest and byte for byte: blobs, then manifests from
 * the leaves up, then referrers, the tag last. Bytes stream from source to destination without touching
 * this machine's disk. At the end the destination is walked on its own, so a copy that returns is complete.
 * @param reference tag or digest at the source
 * @throws SluiceError what either repository throws; OCI_CLOSURE_INCOMPLETE; OCI_SIGNATURES_DIVERGED
 */
export async function copyClosure(
  source: Repository,
  reference: string,
  destination: Repository,
  options: CopyOptions = {},
): Promise<CopyReport> {
  const log = options.log ?? (() => undefined)
  const closure = await readClosure(source, reference)
  const { root } = closure
  log(`${root.digest}: ${closure.manifests.length} manifests, ${closure.blobs.length} blobs`)
  const items: CopiedItem[] = []
  // The largest first, so that none of them is left to run alone at the end.
  const blobs = closure.blobs.toSorted((a, b) => b.size - a.size)
  await forEachAtOnce(blobs, options.concurrency ?? 4, async (descriptor) => {
    const action = await copyBlob(source, destination, descriptor)
    items.push({ kind: 'blob', descriptor, action })
    log(`${action} blob ${descriptor.digest} (${descriptor.size} bytes)`)
  })
  for (const manifest of closure.manifests) {
    const action = await copyManifest(destination, manifest)
    items.push({ kind: 'manifest', descriptor: manifest.descriptor, action })
    log(`${action} manifest ${manifest.descriptor.digest}`)
  }
  if (options.tag !== undefined) await tagRoot(destination, closure, options.tag)
  const foreign = new Set(
    items.filter(({ action }) => action === 'foreign').map(({ descriptor }) => descriptor.digest),
  )
  const expected = items.map(({ descriptor }) => descriptor.digest).filter((digest) => !foreign.has(digest))
  const verified = await verifyClosure(destination, options.tag ?? root.digest, { expected })
  return {
    source: source.name,
    destination: destination.name,
    root,
    ...(options.tag === undefined ? {} : { tag: options.tag }),
    items,
    bytes: { copied: sum(items, 'copied'), mounted: sum(items, 'mounted'), present: sum(items, 'present') },
    verified,
  }
}

async function copyBlob(
  source: Repository,
  destination: Repository,
  descriptor: Descriptor,
): Promise<CopiedItem['action']> {
  if (await destination.hasBlob(descriptor.digest, descriptor.size)) return 'present'
  if (isForeignLayer(descriptor.mediaType) && !(await source.hasBlob(descriptor.digest, descriptor.size)))
    return 'foreign'
  if ((await destination.mountFrom?.(descriptor, source)) === true) return 'mounted'
  await destination.putBlob(descriptor, () => source.blob(descriptor))
  return 'copied'
}

async function copyManifest(
  destination: Repository,
  manifest: ClosureManifest,
): Promise<CopiedItem['action']> {
  const { descriptor, bytes, parsed, tags } = manifest
  const present = await holds(destination, manifest)
  if (!present) await destination.putManifest(bytes, parsed.mediaType)
  for (const tag of tags) {
    if ((await destination.resolve(tag))?.digest === descriptor.digest) continue
    await keepsSignatures(destination, manifest, tag)
    await destination.putManifest(bytes, parsed.mediaType, tag)
  }
  return present ? 'present' : 'copied'
}

/** There, and, when it refers to something, also listed as a referrer: a registry may hold one without the other. */
async function holds(destination: Repository, { descriptor, parsed }: ClosureManifest): Promise<boolean> {
  if ((await destination.resolve(descriptor.digest)) === undefined) return false
  if (parsed.subject === undefined) return true
  const listed = await destination.referrers(parsed.subject.digest)
  return listed.some(({ digest }) => digest === descriptor.digest)
}

/** cosign adds signatures as layers of one tagged manifest, so replacing it must not drop any. */
async function keepsSignatures(
  destination: Repository,
  { parsed }: ClosureManifest,
  tag: string,
): Promise<void> {
  if ((await destination.resolve(tag)) === undefined) return
  const before = await destination.manifest(tag)
  const old = parseManifest(before.bytes, before.descriptor.mediaType)
  const kept = new Set(parsed.kind === 'image' ? parsed.layers.map(({ digest }) => digest) : [])
  if (old.kind === 'image' && old.layers.every(({ digest }) => kept.has(digest))) return
  throw new SluiceError(
    'OCI_SIGNATURES_DIVERGED',
    `The tag ${tag} of ${destination.name} holds signatures that the source does not have.`,
    {
      kind: 'refused',
      remedy:
        'Copy these signatures to the source first, or delete the tag at the destination when they are not wanted.',
    },
  )
}

async function tagRoot(destination: Repository, { root, manifests }: Closure, tag: string): Promise<void> {
  if ((await destination.resolve(tag))?.digest === root.digest) return
  const manifest = manifests.find(({ descriptor }) => descriptor.digest === root.digest)!
  await destination.putManifest(manifest.bytes, manifest.parsed.mediaType, tag)
  const found = await destination.resolve(tag)
  if (found?.digest === root.digest) return
  throw new SluiceError(
    'OCI_TAG_MOVED',
    `The tag ${tag} of ${destination.name} names ${found?.digest ?? 'nothing'} right after it was set to ${root.digest}.`,
    {
      kind: 'surroundings',
      remedy:
        'Another job writes the same tag. Let only one promote at a time (a `concurrency` group), then run it again.',
    },
  )
}

function sum(items: readonly CopiedItem[], action: CopiedItem['action']): number {
  return items
    .filter((item) => item.action === action)
    .reduce((total, { descriptor }) => total + descriptor.size, 0)
}
