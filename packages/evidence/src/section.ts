import { defineSection } from '@sluice/config'
import * as v from 'valibot'
import { dependencySchema, lineageSchema } from './dependencies/declaration.js'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

const relative = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path), 'expected a relative path'),
)
const url = v.pipe(v.string(), v.regex(/^https?:\/\//, 'expected a URL'))

const schema = v.optional(
  v.strictObject({
    dependencies: v.optional(
      described(
        v.pipe(v.array(dependencySchema), v.maxLength(200, 'Expected at most 200 dependencies.')),
        'What went into the model, for the provenance: datasets, base model, image, lock files, evaluation set.',
      ),
      [],
    ),
    lineage: v.optional(
      described(
        v.pipe(v.array(lineageSchema), v.minLength(1), v.maxLength(20)),
        'What `verify` with `lineage` demands of the dependencies that provenance names: evidence of their own, and of what they were made from.',
      ),
    ),
    ignore: v.optional(
      described(v.array(relative), 'Paths in the model directory that are not signed, with all below them.'),
      [],
    ),
    fulcioUrl: v.optional(described(url, 'Certificate authority for keyless signing.')),
    rekorUrl: v.optional(described(url, 'Transparency log, for every signature.')),
    rekorMajor: v.optional(
      described(
        v.picklist([1, 2]),
        'Major version of the log; 2 keeps no time, so keyless signing needs `tsaUrl` too.',
      ),
    ),
    tsaUrl: v.optional(
      described(url, 'RFC 3161 timestamp authority, as a full URL or the base URL of Sigstore’s.'),
    ),
    trustedRoot: v.optional(
      described(relative, 'TrustedRoot JSON of a private Sigstore; the public one when left out.'),
    ),
    signingConfig: v.optional(
      described(
        relative,
        'SigningConfig JSON (v0.2) of a Sigstore: its services of today, where the URLs above name none.',
      ),
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
