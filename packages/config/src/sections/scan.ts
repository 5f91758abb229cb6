import * as v from 'valibot'
import { relativePath } from '../relative-path.js'
import { defineSection } from '../section.js'

/** From the worst down; CVSS v3.1 section 5 names the first four. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Built-in allow-lists of what a pickle may import, by the library that writes such pickles. */
export const PICKLE_PROFILES = ['python', 'numpy', 'joblib', 'torch'] as const
export type PickleProfile = (typeof PICKLE_PROFILES)[number]

const images = v.strictObject({
  advisories: v.optional(relativePath('Folder or zip of OSV records that packages are matched against.')),
  advisoriesMaxAgeDays: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description('Advisories older than this many days make the check inconclusive; no limit without it.'),
    ),
  ),
  failOn: v.optional(
    v.pipe(v.picklist(SEVERITIES), v.description('The mildest severity that fails the check.')),
    'high',
  ),
  warnOn: v.optional(
    v.pipe(v.picklist(SEVERITIES), v.description('The mildest severity that warns; milder ones are notes.')),
    'medium',
  ),
  unknownSeverity: v.optional(
    v.pipe(
      v.picklist(['fail', 'warn', 'note']),
      v.description('What a vulnerability does whose advisory names no severity.'),
    ),
    'warn',
  ),
  fixableOnly: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Only vulnerabilities with a fixed version fail or warn; others are notes.'),
    ),
    false,
  ),
})

const allowance = v.strictObject({
  module: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, 'expected a Python module such as `sklearn.pipeline`'),
    v.description('Python module, matched exactly.'),
  ),
  names: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'expected a name without a dot'))),
    v.minLength(1),
    v.description('Names in the module, each matched exactly.'),
  ),
  reason: v.pipe(v.string(), v.nonEmpty(), v.description('Why loading these is safe.')),
  expires: v.optional(
    v.pipe(v.string(), v.isoDate(), v.description('Last day on which the entry holds, YYYY-MM-DD in UTC.')),
  ),
})

const models = v.strictObject({
  paths: v.exactOptional(
    v.pipe(
      v.array(relativePath('A file, a folder or a glob.')),
      v.minLength(1),
      v.description(
        'Files, folders or globs to examine. Default `model.path`, or `models` where there is none.',
      ),
    ),
  ),
  profiles: v.optional(
    v.pipe(
      v.array(v.picklist(PICKLE_PROFILES)),
      v.description('Built-in allow-lists of what a pickle may import.'),
    ),
    [...PICKLE_PROFILES],
  ),
  allow: v.optional(
    v.pipe(v.array(allowance), v.description('What a pickle may import on top of the profiles.')),
    [],
  ),
})

/** `scan` in sluice.yaml, read by image-scan and model-scan. */
export const scanSection = defineSection({
  name: 'scan',
  description: 'What image-scan and model-scan let through.',
  schema: v.optional(
    v.strictObject({
      images: v.optional(v.pipe(images, v.description('Known vulnerabilities in images.')), {}),
      models: v.optional(v.pipe(models, v.description('Model files that could run code when loaded.')), {}),
    }),
    {},
  ),
})

export type ScanSettings = v.InferOutput<typeof scanSection.schema>
export type ImageScanSettings = ScanSettings['images']
export type ModelScanSettings = ScanSettings['models']
