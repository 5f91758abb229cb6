import { relativePath } from '@sluice/config'
import { isSluiceError } from '@sluice/errors'
import { parseReference } from '@sluice/oci'
import * as v from 'valibot'
import { looksSecret } from '../provenance/parameters.js'
import { signerSchema } from './signer.js'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))
/** It is signed and published as it stands, and cannot be taken back. */
const words = (text: string) =>
  described(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.maxLength(2048),
      v.check(
        (said) => !looksSecret(said),
        'Expected no password, key or token in it: provenance is published.',
      ),
    ),
    text,
  )

/** Digests by their name in in-toto (in-toto/attestation spec/v1/digest_set.md), with their length in hex digits. */
const DIGESTS: Readonly<Record<string, readonly number[]>> = {
  sha256: [64],
  sha384: [96],
  sha512: [128],
  gitCommit: [40, 64],
  gitTree: [40, 64],
  sha1: [40],
  md5: [32],
}

const digest = v.pipe(
  v.string(),
  v.check(
    isDigest,
    'Expected `sha256:`, `sha384:`, `sha512:`, `gitCommit:`, `gitTree:`, `sha1:` or `md5:` and as many hex digits as it has.',
  ),
)

const role = described(
  v.picklist(['dataset', 'evaluation-set', 'base-model', 'lockfile', 'image', 'source', 'other']),
  'What it was to the build.',
)
const name = v.optional(words('How the provenance names it; its path, URI or reference when left out.'))

const signedBy = described(signerSchema, 'Whose signature counts.')

const signature = described(
  v.strictObject({
    bundle: v.exactOptional(
      relativePath(
        'The Sigstore bundle; `model.sig` in the folder, or the referrers of the artifact, when left out.',
      ),
    ),
    signedBy,
  }),
  'Its own signature, which must hold before the provenance names it.',
)

const file = v.strictObject({
  role,
  name,
  path: relativePath('A file or folder in the repository; it is hashed when signing, and must exist.'),
  digest: v.exactOptional(
    described(
      v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, 'Expected `sha256:` and 64 hex digits.')),
      'What it must be, `sha256:<hex>`; of a folder the digest that `sign` gives it.',
    ),
  ),
  uri: v.exactOptional(words('Where it was fetched from, for a reader.')),
  signature: v.exactOptional(signature),
})

const artifact = v.strictObject({
  role,
  name,
  artifact: described(
    v.pipe(
      v.string(),
      v.check(isReference, 'Expected `registry/repository@sha256:…`, `oci:<folder>`, or either with a tag.'),
    ),
    'An image or model in a registry or OCI layout; it is asked for by its digest, and must be there.',
  ),
  signature: v.exactOptional(signature),
})

const elsewhere = v.strictObject({
  role,
  name,
  uri: words('Where it comes from.'),
  digest: described(digest, 'What it was: `sha256:<hex>`, `gitCommit:<hex>`, `md5:<hex>` …'),
  signature: v.exactOptional(
    described(
      v.strictObject({ bundle: relativePath('The Sigstore bundle about this digest.'), signedBy }),
      'Its own signature, which must hold before the provenance names it.',
    ),
  ),
})

const snapshot = v.strictObject({
  role,
  name,
  uri: words('Where it comes from.'),
  snapshot: words(
    'The version that was read, as the store calls it: a commit of lakeFS, a version of a Delta table, a snapshot of Iceberg. Taken on your word, and said so.',
  ),
})

/** One entry of `signing.dependencies`. */
export const dependencySchema = v.union(
  [file, artifact, elsewhere, snapshot],
  'Expected `path`, `artifact`, `uri` with `digest`, or `uri` with `snapshot`.',
)

/** Whose word counts for what provenance names, one entry a role: see `verifyLineage`. */
export const lineageSchema = v.strictObject({
  role,
  signedBy: described(
    v.pipe(v.array(signerSchema), v.minLength(1), v.maxLength(20)),
    'Whose evidence counts for dependencies of this role; any of them.',
  ),
})

export type DeclaredLineage = v.InferOutput<typeof lineageSchema>
export type DeclaredDependency = v.InferOutput<typeof dependencySchema>
export type DeclaredFile = v.InferOutput<typeof file>
export type DeclaredArtifact = v.InferOutput<typeof artifact>
export type DeclaredSignature = v.InferOutput<typeof signature>

function isDigest(text: string): boolean {
  const match = /^(\w{1,16}):([0-9a-f]{1,128})$/.exec(text)
  const [, algorithm = '', hex = ''] = match ?? []
  return Object.hasOwn(DIGESTS, algorithm) && DIGESTS[algorithm]?.includes(hex.length) === true
}

function isReference(text: string): boolean {
  try {
    const reference = parseReference(text)
    if (reference.kind === 'layout') return isInside(reference.folder)
    return reference.kind === 'registry' && (reference.digest ?? reference.tag) !== undefined
  } catch (error) {
    if (isSluiceError(error)) return false
    throw error
  }
}

/** The declaration may come from a fork, so it must not name what lies outside of the repository. */
function isInside(folder: string): boolean {
  return !folder.startsWith('/') && !/^[A-Za-z]:/.test(folder) && !folder.split(/[\\/]/).includes('..')
}
