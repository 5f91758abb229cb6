import { defineSection } from '@sluice/config'
import { nearest } from '@sluice/errors'
import * as v from 'valibot'
import { isKnown, knownMetrics } from '../metrics/asked.js'
import { sliceSchema } from '../slices/spec.js'
import { TASKS } from '../tasks/task.js'

const probability = (max: number) => v.pipe(v.number(), v.gtValue(0), v.maxValue(max))
const amount = v.pipe(v.number(), v.finite(), v.minValue(0))

const DEMANDS = ['atLeast', 'atMost', 'margin', 'relativeMargin', 'betterBy'] as const

function demandsIn(rule: Readonly<Partial<Record<(typeof DEMANDS)[number], unknown>>>): string[] {
  return DEMANDS.filter((key) => rule[key] !== undefined)
}

/** What was probably meant first: the whole list is long. */
function unknownMetric(name: string): string {
  const near = nearest(name, knownMetrics())
  const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`
  return `${JSON.stringify(name)} is no metric that is known here.${meant} Known are ${knownMetrics().join(', ')}; a name that a summary has needs \`better\`.`
}

const rule = v.pipe(
  v.strictObject({
    metric: v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description(
        `What is measured: ${knownMetrics().join(', ')}; of a summary, any name it has, with \`better\`.`,
      ),
    ),
    column: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description(
          'The number column that `mean`, `p95`, `pass^4` and the like are of: a latency, a cost, a score.',
        ),
      ),
    ),
    championColumn: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description(
          "What that column is called for the champion. Default the same, in the champion's own file.",
        ),
      ),
    ),
    groups: v.optional(
      v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description('The column whose values are the groups of a fairness gap.'),
      ),
    ),
    better: v.optional(
      v.pipe(
        v.picklist(['higher', 'lower']),
        v.description(
          'Which way is better, where the metric does not say: of a column, or of a name of another tool.',
        ),
      ),
    ),
    exact: v.optional(
      v.pipe(
        v.boolean(),
        v.description('The value in a summary has no error, as a size or a count has none. Default false.'),
      ),
      false,
    ),
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
    (input) => demandsIn(input).length === 1,
    ({ input }) =>
      `A rule has exactly one of ${DEMANDS.join(', ')}; this one has ${demandsIn(input).join(' and ') || 'none'}.`,
  ),
  v.check(
    (input) => isKnown(input) || input.better !== undefined,
    ({ input }) => unknownMetric(input.metric),
  ),
)

const published = v.strictObject({
  metric: v.pipe(v.string(), v.nonEmpty(), v.description('A metric that a rule of all rows is about.')),
  column: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.description('The column of that rule, where several rules have the metric.'),
    ),
  ),
  dataset: v.pipe(
    v.string(),
    v.regex(/^[\w.-]{1,96}\/[\w.-]{1,96}$/, 'A data set on the Hub is written `owner/name`.'),
    v.description("The benchmark's data set on the Hub, `owner/name`."),
  ),
  taskId: v.pipe(v.string(), v.nonEmpty(), v.maxLength(96), v.description('The task of that benchmark.')),
  revision: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9a-f]{40}$/, 'A revision is 40 hex digits.'),
      v.description('The commit of the data set.'),
    ),
  ),
  percent: v.optional(
    v.pipe(
      v.boolean(),
      v.description('The benchmark counts in percent: 0.625 is written as 62.5. Default false.'),
    ),
    false,
  ),
  notes: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.maxLength(200),
      v.description('How it was evaluated: `5-shot`, `with tools`.'),
    ),
  ),
})

const section = v.strictObject({
  task: v.optional(
    v.pipe(v.picklist(TASKS), v.description('What the model is asked for. Default binary.')),
    'binary',
  ),
  id: v.optional(v.pipe(v.string(), v.description('Column that identifies a row. Default id.')), 'id'),
  label: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column with the true class, number (regression, forecasting) or relevance (ranking); of a multilabel task, what the columns of 0 and 1 start with. Default label.',
      ),
    ),
    'label',
  ),
  candidateColumn: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column of the candidate’s score, or what the names of its columns of classes or quantiles start with. Default score; prob_ for multiclass and multilabel; q for quantiles, as in q0.9.',
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
      v.description('Every class of a multiclass or multilabel task, in any order.'),
    ),
  ),
  threshold: v.optional(
    v.pipe(
      v.number(),
      v.finite(),
      v.description('Scores at or above it count as positive, or have passed. Default 0.5.'),
    ),
    0.5,
  ),
  quantiles: v.optional(
    v.pipe(
      v.array(v.pipe(v.number(), v.gtValue(0), v.ltValue(1))),
      v.minLength(1),
      v.check(
        (levels) => levels.every((level, i) => i === 0 || level > levels[i - 1]!),
        'Expected rising levels.',
      ),
      v.description('Levels of the quantiles that a forecast has a column of, rising.'),
    ),
  ),
  weight: v.optional(v.pipe(v.string(), v.description('Column that says how much a row counts.'))),
  query: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column whose rows are ranked against each other (ranking). Default query for that task.',
      ),
    ),
  ),
  repeat: v.optional(
    v.pipe(
      v.string(),
      v.description(
        'Column that numbers the answers to one id (generation): they are one row, their mean, and no more rows.',
      ),
    ),
  ),
  promptHash: v.optional(
    v.pipe(
      v.string(),
      v.description('Column with the hash of the prompt of a row, which must be the same for both models.'),
    ),
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
  evalResults: v.optional(
    v.pipe(
      v.array(published),
      v.minLength(1),
      v.description(
        'What a file of `.eval_results` for the Hugging Face Hub says, if `eval-results` asks for one.',
      ),
    ),
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
