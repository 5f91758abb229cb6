import { BUNDLE_MEDIA_TYPE, bundleBytes } from '@sluice/evidence'
import { type Descriptor, digestOf, parseManifest, type Repository } from '@sluice/oci'
import { conflict, tooLarge, unreadable, unwritable } from './faults.js'
import { type LedgerStore, RECORD_LIMIT, RECORDS_LIMIT, type StoredRecord } from './store.js'

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = Buffer.from('{}')
const EMPTY_DESCRIPTOR = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY),
  size: EMPTY.length,
}

/**
 * A ledger in an OCI repository of its own: one artifact a record, tagged `<environment>.<sequence>`.
 * Registries have no conditional tag writes (opencontainers/distribution-spec#250), so a writer looks before it writes
 * and reads back after: of two writers at the same moment the later one wins, the other sees it and fails. Where the
 * two reads and writes interleave unluckily both may believe to have won; the lost record then breaks nobody's chain,
 * but is missing. Use a `concurrency` group, or a folder under version control, where that matters.
 */
export function repositoryLedger(repository: Repository): LedgerStore {
  return {
    name: `repository ${repository.name}`,
    async list(environment) {
      const tags = (await repository.tags())
        .filter((tag) => sequenceOf(tag, environment) !== undefined)
        .sort()
      if (tags.length > RECORDS_LIMIT)
        throw tooLarge(repository.name, `holds more than ${RECORDS_LIMIT} records`)
      const found: StoredRecord[] = []
      for (const tag of tags) {
        const bytes = await readLayer(repository, tag)
        found.push({ sequence: sequenceOf(tag, environment)!, bytes, location: `${repository.name}:${tag}` })
      }
      return found
    },
    async create(environment, sequence, bundle) {
      const tag = `${environment}.${String(sequence).padStart(6, '0')}`
      if ((await repository.resolve(tag)) !== undefined)
        throw conflict(repository.name, environment, sequence)
      const bytes = bundleBytes(bundle)
      const layer = { mediaType: BUNDLE_MEDIA_TYPE, digest: digestOf(bytes), size: bytes.length }
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST_TYPE,
          artifactType: BUNDLE_MEDIA_TYPE,
          config: EMPTY_DESCRIPTOR,
          layers: [layer],
        }),
      )
      await put(repository, EMPTY_DESCRIPTOR, EMPTY)
      await put(repository, layer, bytes)
      const written = await repository.putManifest(manifest, MANIFEST_TYPE, tag)
      const found = await repository.resolve(tag)
      if (found === undefined)
        throw unwritable(repository.name, new Error('the tag is not there after its write'))
      if (found.digest !== written.digest) throw conflict(repository.name, environment, sequence)
      return `${repository.name}:${tag}`
    },
  }
}

/** Environment names hold no dot, so the first one ends them. */
function sequenceOf(tag: string, environment: string): number | undefined {
  const match = /^([a-z0-9-]+)\.(\d{6})$/.exec(tag)
  return match?.[1] === environment ? Number(match[2]) : undefined
}

async function readLayer(repository: Repository, tag: string): Promise<Uint8Array> {
  const { bytes, descriptor } = await repository.manifest(tag)
  const manifest = parseManifest(bytes, descriptor.mediaType)
  const layer = manifest.kind === 'image' && manifest.layers.length === 1 ? manifest.layers[0] : undefined
  if (layer === undefined) throw unreadable(repository.name, new Error(`${tag} is not a record`))
  if (layer.size > RECORD_LIMIT)
    throw tooLarge(repository.name, `holds a record of more than ${RECORD_LIMIT} bytes`)
  const chunks: Uint8Array[] = []
  for await (const chunk of repository.blob(layer)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function put(repository: Repository, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
  if (await repository.hasBlob(descriptor.digest)) return
  await repository.putBlob(descriptor, async function* () {
    yield bytes
  })
}
