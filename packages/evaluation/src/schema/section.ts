import { defineSection } from '@sluice/config'
import * as v from 'valibot'

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const real = v.pipe(v.number(), v.finite())

export const COLUMN_TYPES = ['string', 'number', 'integer', 'boolean', 'date'] as const
export type ColumnType = (typeof COLUMN_TYPES)[number]

const column = v.strictObject({
  type: v.pipe(v.picklist(COLUMN_TYPES), v.description('What every value that is there must be read as.')),
  optional: v.optional(
    v.pipe(v.boolean(), v.description('The column may be missing. Default false.')),
    false,
  ),
  nulls: v.optional(v.pipe(share, v.description('Greatest share of missing values. Default 0.')), 0),
  min: v.exactOptional(v.pipe(real, v.description('Least value, of a number.'))),
  max: v.exactOptional(v.pipe(real, v.description('Greatest value, of a number.'))),
  values: v.exactOptional(
    v.pipe(v.array(v.string()), v.minLength(1), v.description('The values that there may be.')),
  ),
  unknown: v.optional(
    v.pipe(share, v.description('Greatest share of values that are not among `values`. Default 0.')),
    0,
  ),
  unique: v.optional(v.pipe(v.boolean(), v.description('No value may appear twice. Default false.')), false),
})

export const MEASURES = ['psi', 'js', 'cramers_v', 'ks', 'wasserstein'] as const
export type Measure = (typeof MEASURES)[number]

const drift = v.pipe(
  v.strictObject({
    columns: v.pipe(
      v.array(v.string()),
      v.minLength(1),
      v.description('Columns that are compared with the reference.'),
    ),
    measure: v.optional(
      v.pipe(
        v.picklist(MEASURES),
        v.description(
          'How: population stability index, Jensen-Shannon distance (base 2), Cramér’s V, Kolmogorov-Smirnov distance, Wasserstein distance in standard deviations of the reference. Default psi.',
        ),
      ),
      'psi',
    ),
    atMost: v.pipe(
      real,
      v.minValue(0),
      v.description('Greatest drift that must be shown not to be exceeded.'),
    ),
    bins: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(2),
        v.maxValue(100),
        v.description(
          'Bins of a column of numbers, between quantiles of the reference (psi, js, cramers_v). Default 10.',
        ),
      ),
      10,
    ),
    weight: v.exactOptional(
      v.pipe(v.string(), v.description('Column that says how much a row counts, in both tables.')),
    ),
    cluster: v.exactOptional(
      v.pipe(
        v.string(),
        v.description(
          'Column whose rows belong together (a user, a day), in both tables: errors are computed over its values.',
        ),
      ),
    ),
    undecided: v.optional(
      v.pipe(
        v.picklist(['inconclusive', 'warn']),
        v.description('What it means when the rows show neither. Default inconclusive, which blocks.'),
      ),
      'inconclusive',
    ),
  }),
)

const section = v.strictObject({
  key: v.optional(
    v.pipe(v.array(v.string()), v.maxLength(4), v.description('Columns that together identify a row.')),
    [],
  ),
  rows: v.optional(
    v.strictObject({
      min: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Fewest rows. Default 1.')),
        1,
      ),
      max: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description('Most rows.'))),
    }),
    {},
  ),
  columns: v.optional(
    v.pipe(v.record(v.string(), column), v.description('What each column must be, by its name.')),
    {},
  ),
  otherColumns: v.optional(
    v.pipe(v.picklist(['allow', 'refuse']), v.description('Columns that are not named. Default allow.')),
    'allow',
  ),
  alpha: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.maxValue(0.5),
      v.description('One-sided error probability of every decision on drift. Default 0.025.'),
    ),
    0.025,
  ),
  drift: v.optional(
    v.pipe(v.array(drift), v.description('What may not have moved, against the reference.')),
    [],
  ),
})

export type DataPolicy = v.InferOutput<typeof section>
export type ColumnRule = DataPolicy['columns'][string]
export type DriftRule = DataPolicy['drift'][number]

/** `data:` in sluice.yaml. */
export const dataSection = defineSection<DataPolicy>({
  name: 'data',
  description: 'What a table of data must be, and how far it may have moved from its reference.',
  schema: v.optional(section, {}),
})
