import { defineSection } from '@sluice/config'
import * as v from 'valibot'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

const relative = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path), 'expected a relative path'),
)
const url = v.pipe(v.string(), v.regex(/^https?:\/\//, 'expected a URL'))

const role = described(
  v.picklist(['dataset', 'evaluation-set', 'base-model', 'lockfile', 'image', 'source', 'other']),
  'What it was to the build.',
)
const name = v.optional(described(v.string(), 'How the provenance names it; its path or URI when left out.'))

const dependency = v.union([
  v.strictObject({
    role,
    name,
    path: described(
      relative,
      'A file or folder in the repository; it is hashed when signing, and must exist.',
    ),
  }),
  v.strictObject({
    role,
    name,
    uri: described(v.pipe(v.string(), v.nonEmpty()), 'Where it comes from.'),
    digest: described(
      v.pipe(v.string(), v.regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|gitCommit:[0-9a-f]{40,64})$/)),
      'What it was: `sha256:<hex>`, `sha512:<hex>` or `gitCommit:<hex>`.',
    ),
  }),
])

export type DeclaredDependency = v.InferOutput<typeof dependency>

const schema = v.optional(
  v.strictObject({
    dependencies: v.optional(
      described(
        v.array(dependency),
        'What went into the model, for the provenance: datasets, base model, lock files.',
      ),
      [],
    ),
    ignore: v.optional(
      described(v.array(relative), 'Paths in the model directory that are not signed, with all below them.'),
      [],
    ),
    fulcioUrl: v.optional(described(url, 'Certificate authority for keyless signing.')),
    rekorUrl: v.optional(described(url, 'Transparency log for keyless signing.')),
    rekorMajor: v.optional(described(v.picklist([1, 2]), 'Major version of the log; 2 needs `tsaUrl`.')),
    tsaUrl: v.optional(described(url, 'RFC 3161 timestamp authority.')),
    trustedRoot: v.optional(
      described(relative, 'TrustedRoot JSON of a private Sigstore; the public one when left out.'),
    ),
  }),
  {},
)

export type SigningConfig = v.InferOutput<typeof schema>

/** The section `signing` of sluice.yaml. */
export const signingSection = defineSection<SigningConfig>({
  name: 'signing',
  description: 'What is signed, and by which services.',
  schema,
})
