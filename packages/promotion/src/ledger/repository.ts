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
 * Registries have no conditional tag writes (opencontainers/distribution-spec#250), so a writer looks before it writes,
 * reads back after, and `keepRecord` looks once more before a tag moves: of two writers at the same time one sees the
 * other and fails. Only when the second writes after the first looked for the last time do both go on; then the tag and
 * the ledger disagree, which the next run says (`requireAgreement`). A `concurrency` group keeps runs apart.
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
    async read(environment, sequence) {
      const tag = tagOf(environment, sequence)
      return (await repository.resolve(tag)) === undefined ? undefined : await readLayer(repository, tag)
    },
    async create(environment, sequence, bundle) {
      const tag = tagOf(environment, sequence)
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

function tagOf(environment: string, sequence: number): string {
  return `${environment}.${String(sequence).padStart(6, '0')}`
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
