import { SluiceError } from '@sluice/errors'
import { type Descriptor, digestOf, type Repository, writeArtifact } from '@sluice/oci'
import * as v from 'valibot'
import { BUNDLE_LIMIT, BUNDLE_MEDIA_TYPE, bundleBytes, parseBundle } from '../bundle/bundle.js'
import { parseStatement } from '../bundle/statement.js'
import { refusal } from '../refusal.js'
import { BUNDLES_LIMIT, type EvidenceStore, type StoredBundle, TOTAL_LIMIT } from './store.js'

const descriptor = v.looseObject({ mediaType: v.string(), digest: v.string(), size: v.number() })
const manifestSchema = v.looseObject({
  artifactType: v.optional(v.string()),
  subject: v.looseObject({ digest: v.string() }),
  layers: v.pipe(v.array(descriptor), v.length(1)),
})

/**
 * Bundles as referrers of their subject in an OCI repository, as cosign 3 writes and reads them
 * (sigstore/cosign specs/BUNDLE_SPEC.md): an artifact with one layer, the bundle, and annotations for its content.
 * A referrer of the right type that holds no readable bundle is listed all the same, so that verifying refuses it by name.
 */
export function referrersStore(repository: Repository): EvidenceStore {
  return {
    name: `referrers of ${repository.name}`,
    async put(subject, bundle) {
      const target = await repository.resolve(subject)
      if (target === undefined) {
        throw new SluiceError('STORE_SUBJECT_MISSING', `${repository.name} does not hold ${subject}.`, {
          remedy: 'Push the subject before its evidence.',
        })
      }
      const bytes = bundleBytes(bundle)
      const { predicateType } = parseStatement(parseBundle(bytes).payload)
      const stored = await writeArtifact(repository, {
        artifactType: BUNDLE_MEDIA_TYPE,
        layers: [{ mediaType: BUNDLE_MEDIA_TYPE, content: bytes }],
        subject: target,
        annotations: {
          'dev.sigstore.bundle.content': 'dsse-envelope',
          'dev.sigstore.bundle.predicateType': predicateType,
        },
      })
      return { bytes, digest: digestOf(bytes), location: `${repository.name}@${stored.digest}` }
    },
    async list(subject) {
      const referrers = await repository.referrers(subject, BUNDLE_MEDIA_TYPE)
      if (referrers.length > BUNDLES_LIMIT) {
        throw refusal(
          'EVIDENCE_TOO_MANY',
          `${repository.name} holds ${referrers.length} bundles of one subject; at most ${BUNDLES_LIMIT} are read.`,
        )
      }
      const found: StoredBundle[] = []
      let left = TOTAL_LIMIT
      for (const referrer of [...referrers].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
        const bytes = await fetchBundle(repository, referrer, subject, left)
        left -= bytes.length
        found.push({ bytes, digest: digestOf(bytes), location: `${repository.name}@${referrer.digest}` })
      }
      return found
    },
  }
}

/** The bundle in a referrer, or what was found in its place; the list of referrers is the registry's word only. */
async function fetchBundle(
  repository: Repository,
  referrer: Descriptor,
  subject: string,
  left: number,
): Promise<Uint8Array> {
  const { bytes } = await repository.manifest(referrer.digest)
  const result = v.safeParse(manifestSchema, parsed(bytes))
  if (!result.success) return bytes
  const { artifactType, subject: about, layers } = result.output
  const [layer] = layers as unknown as [Descriptor]
  if (artifactType !== BUNDLE_MEDIA_TYPE || about.digest !== subject) return bytes
  if (layer.size > BUNDLE_LIMIT || layer.size > left) {
    throw refusal(
      'EVIDENCE_TOO_LARGE',
      `A bundle in ${repository.name} has ${layer.size} bytes; ${Math.min(left, BUNDLE_LIMIT)} are left to be read.`,
    )
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of repository.blob({
    mediaType: layer.mediaType,
    digest: layer.digest,
    size: layer.size,
  }))
    chunks.push(chunk)
  return Buffer.concat(chunks)
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
