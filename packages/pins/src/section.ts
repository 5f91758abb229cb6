import { defineSection } from '@sluice/config'
import * as v from 'valibot'
import { PIN_LEVELS } from './pin.js'

/** What `pins` in sluice.yaml says. */
export const pinsSection = defineSection({
  name: 'pins',
  description: 'How firmly everything that a build fetches must be pinned.',
  schema: v.optional(
    v.strictObject({
      level: v.pipe(
        v.optional(v.picklist(PIN_LEVELS), 'content-hash'),
        v.description(
          'The weakest pin that passes: `content-hash` (commit, digest, hash) or `exact-version`.',
        ),
      ),
      paths: v.pipe(
        v.optional(v.array(v.string()), ['**']),
        v.description('Globs of the files to examine; what they are is told by their names.'),
      ),
      ignore: v.pipe(
        v.optional(v.array(v.string()), []),
        v.description('Globs of files to leave out, such as fixtures of tests.'),
      ),
      trustedOwners: v.pipe(
        v.optional(v.array(v.string()), []),
        v.description(
          'Owners on GitHub whose actions may be named by a full version tag at level `content-hash`.',
        ),
      ),
    }),
    {},
  ),
})

export type PinsSection = typeof pinsSection extends { schema: infer S extends v.GenericSchema }
  ? v.InferOutput<S>
  : never
