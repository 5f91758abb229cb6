import { setTimeout as delay } from 'node:timers/promises'
import { SluiceError } from '@sluice/errors'
import type { Descriptor } from '../content.js'
import { type Digest, digestOf } from '../digest.js'
import { tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { parseIndexEntries } from '../manifest.js'
import { bareType, isIndexType, OCI_INDEX } from '../media-types.js'
import { fallbackTag } from '../referrers.js'
import type { Endpoint } from './endpoint.js'
import { getManifest, putManifest } from './manifests.js'

/** Tries to get one entry into a fallback index that others write at the same time. */
const TURNS = 12

/**
 * Referrers of `subject`, by the API and by the fallback tag together: registries gained the API after
 * clients had begun to write the tag, and a copy may have carried only one of them.
 */
export async function listReferrers(endpoint: Endpoint, subject: Digest): Promise<Descriptor[]> {
  const found = new Map<string, Descriptor>()
  for (const entry of [
    ...((await fromApi(endpoint, subject)) ?? []),
    ...(await fromTag(endpoint, subject)).entries,
  ]) {
    if (!found.has(entry.digest)) found.set(entry.digest, entry)
    if (found.size > LIMITS.descriptors)
      throw tooLarge(endpoint.name, `The list of referrers of ${subject}`, LIMITS.descriptors)
  }
  return [...found.values()]
}

/** Whether the registry serves the referrers API. ECR says `OCI-Subject` without it, so only asking tells. */
export async function hasReferrersApi(endpoint: Endpoint, subject: Digest): Promise<boolean> {
  return (await fromApi(endpoint, subject)) !== undefined
}

/** Adds `entry` to the fallback index of `subject`, or takes it out, until a second look finds it so. */
export async function changeFallback(
  endpoint: Endpoint,
  subject: Digest,
  entry: Descriptor,
  change: 'add' | 'remove',
): Promise<void> {
  const tag = fallbackTag(subject)
  for (let turn = 1; turn <= TURNS; turn++) {
    const { entries, digest } = await fromTag(endpoint, subject)
    const held = entries.some((other) => other.digest === entry.digest)
    if (held === (change === 'add')) return
    const manifests =
      change === 'add' ? [...entries, entry] : entries.filter((other) => other.digest !== entry.digest)
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }))
    // Nothing guards a tag between the read and the write; the loop is the guard: read, merge, write, read.
    if (digest !== digestOf(bytes)) await putManifest(endpoint, bytes, OCI_INDEX, tag)
    await delay(Math.random() * 40 * turn)
  }
  throw new SluiceError(
    'OCI_REFERRERS_CONTENDED',
    `The referrers of ${subject} in ${endpoint.name} keep being overwritten by others.`,
    {
      kind: 'surroundings',
      remedy:
        'Run it again when fewer jobs attach to the same artifact, or use a registry with the referrers API.',
    },
  )
}

/** Undefined when the registry has no such API. */
async function fromApi(endpoint: Endpoint, subject: Digest): Promise<Descriptor[] | undefined> {
  const entries: Descriptor[] = []
  for await (const page of endpoint.pages(
    endpoint.url(`referrers/${subject}`),
    OCI_INDEX,
    `list referrers of ${subject}`,
  )) {
    if (page.status !== 200 || bareType(page.type) !== OCI_INDEX)
      return entries.length === 0 ? undefined : missing(endpoint)
    entries.push(...parseIndexEntries(page.bytes))
    if (entries.length > LIMITS.descriptors)
      throw tooLarge(endpoint.name, `The list of referrers of ${subject}`, LIMITS.descriptors)
  }
  return entries
}

function missing(endpoint: Endpoint): never {
  throw endpoint.protocol('breaks off its list of referrers')
}

async function fromTag(
  endpoint: Endpoint,
  subject: Digest,
): Promise<{ entries: Descriptor[]; digest?: string }> {
  const tag = fallbackTag(subject)
  const manifest = await getManifest(endpoint, tag)
  if (manifest === undefined) return { entries: [] }
  if (!isIndexType(manifest.descriptor.mediaType)) {
    // `cosign copy` tags the image itself so. Overwriting would lose it; ignoring would hide evidence.
    throw new SluiceError(
      'OCI_FALLBACK_TAG_TAKEN',
      `The tag ${tag} of ${endpoint.name} names an image; expected the index of its referrers.`,
      {
        kind: 'surroundings',
        remedy: `Delete the tag ${tag} (older copies by cosign leave it behind), then run it again.`,
      },
    )
  }
  return { entries: parseIndexEntries(manifest.bytes), digest: manifest.descriptor.digest }
}
