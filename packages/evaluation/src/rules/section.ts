import { defineSection } from '@sluice/config'
import * as v from 'valibot'
import { METRIC_NAMES } from '../metrics/metrics.js'
import { sliceSchema } from '../slices/spec.js'

const probability = (max: number) => v.pipe(v.number(), v.gtValue(0), v.maxValue(max))
const amount = v.pipe(v.number(), v.finite(), v.minValue(0))

const DEMANDS = ['atLeast', 'atMost', 'margin', 'relativeMargin', 'betterBy'] as const

const rule = v.pipe(
  v.strictObject({
    metric: v.pipe(v.picklist(METRIC_NAMES), v.description('What is measured.')),
    atLeast: v.optional(
      v.pipe(v.number(), v.finite(), v.description('The metric must be shown to be at least this.')),
    ),
    atMost: v.optional(
      v.pipe(v.number(), v.finite(), v.description('The metric must be shown to be at most this.')),
    ),
    margin: v.optional(
      v.pipe(
        amount,
        v.description(
          'The candidate must be shown to lose less than this against the champion, in units of the metric.',
        ),
      ),
    ),
    relativeMargin: v.optional(
      v.pipe(
        amount,
        v.maxValue(1),
        v.description("The same as a share of the champion's absolute value: 0.01 is one percent."),
      ),
    ),
    betterBy: v.optional(
      v.pipe(
        amount,
        v.description('The candidate must be shown to be better than the champion by more than this.'),
      ),
    ),
    slices: v.optional(
      v.pipe(
        v.array(sliceSchema),
        v.minLength(1),
        v.description(
          'The rule holds for each of these slices, instead of for all rows together: columns, crosses, ranges, conditions.',
        ),
      ),
    ),
    minRows: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(2),
        v.description('Fewer rows decide nothing; smaller slices are judged together, as one. Default 100.'),
      ),
      100,
    ),
    minPerClass: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.description('Fewer rows of one class decide nothing (binary tasks). Default 10.'),
      ),
      10,
    ),
    undecided: v.optional(
      v.pipe(
        v.picklist(['inconclusive', 'warn']),
        v.description('What it means when the rows show neither. Default inconclusive, which blocks.'),
      ),
      'inconclusive',
    ),
    correction: v.optional(
      v.pipe(
        v.picklist(['holm', 'benjamini-hochberg', 'none']),
        v.description(
          'Correction for looking at many slices before one counts as shown worse. Default holm.',
        ),
      ),
      'holm',
    ),
  }),
  v.check(
    (input) => DEMANDS.filter((key) => input[key] !== undefined).length === 1,
    `A rule has exactly one of ${DEMANDS.join(', ')}.`,
  ),
)

const section = v.strictObject({
  task: v.optional(
    v.pipe(v.picklist(['binary', 'multiclass']), v.description('What the model predicts. Default binary.')),
    'binary',
  ),
  id: v.optional(v.pipe(v.string(), v.description('Column that identifies a row. Default id.')), 'id'),
  label: v.optional(v.pipe(v.string(), v.description('Column with the true class. Default label.')), 'label'),
  candidateColumn: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column of the candidate’s score, or what the names of its class columns start with. Default score, or prob_ for multiclass.',
      ),
    ),
  ),
  championColumn: v.optional(v.pipe(v.string(), v.description('The same for the champion.'))),
  positive: v.optional(
    v.pipe(v.string(), v.description('Label of the positive class where labels are not 0/1 or false/true.')),
  ),
  classes: v.optional(
    v.pipe(
      v.array(v.string()),
      v.minLength(2),
      v.description('Every class of a multiclass task, in any order.'),
    ),
  ),
  threshold: v.optional(
    v.pipe(v.number(), v.finite(), v.description('Scores at or above it count as positive. Default 0.5.')),
    0.5,
  ),
  cluster: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column whose rows belong together (a user, a day): errors are computed over its values.',
      ),
    ),
  ),
  alpha: v.optional(
    v.pipe(
      probability(0.5),
      v.description(
        'One-sided error probability of every decision. Default 0.025: the bounds are the ends of the 95 % interval.',
      ),
    ),
    0.025,
  ),
  pointEstimates: v.optional(
    v.pipe(
      v.picklist(['inconclusive', 'decide']),
      v.description(
        'Whether a summary metric without a standard error decides by its point. Default inconclusive.',
      ),
    ),
    'inconclusive',
  ),
  rules: v.optional(v.pipe(v.array(rule), v.description('What a candidate must show.')), []),
})

export type EvaluationPolicy = v.InferOutput<typeof section>
export type Rule = EvaluationPolicy['rules'][number]

/** `evaluation:` in sluice.yaml. */
export const evaluationSection = defineSection<EvaluationPolicy>({
  name: 'evaluation',
  description: 'What a candidate model must show against held-out data and the champion.',
  schema: v.optional(section, {}),
})
