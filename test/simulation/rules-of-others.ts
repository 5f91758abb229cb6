import { METRICS, type View } from '@sluice/evaluation'
import { normalCdf } from '@sluice/statistics'
import { Random } from './random.js'

/** One-sided, as the rules that are compared here are usually run. */
const ALPHA = 0.05
const MARGIN = 0.01

/** Shares of runs in which a rule blocks; for the last two columns, in which a model two points worse gets through. */
export interface RulesOfOthers {
  readonly rows: number
  readonly runs: number
  /** Two equally good models. */
  readonly equal: Readonly<Record<Rule, number>>
  /** A candidate that lost two points of accuracy. */
  readonly worse: Readonly<Record<Rule, number>>
}

export const RULES = {
  'block if the point is worse': 'point',
  'block if the point dropped more than 1 point': 'threshold',
  'block if an unpaired test shows it worse': 'unpaired',
  'block if shown worse (paired)': 'paired',
  'block unless shown to lose less than 1 point': 'margin',
} as const
type Rule = (typeof RULES)[keyof typeof RULES]

/** Paired accuracy: the models disagree on one row in ten, as in evaluations of two versions of one model. */
export function rulesOfOthers(rows: number, runs: number, seed: number): RulesOfOthers {
  const random = new Random(seed)
  return { rows, runs, equal: blocks(0), worse: blocks(0.02) }

  function blocks(lost: number): Record<Rule, number> {
    const counts: Record<Rule, number> = { point: 0, threshold: 0, unpaired: 0, paired: 0, margin: 0 }
    for (let run = 0; run < runs; run++) {
      const { candidate, champion } = models(rows, lost, random)
      const found = METRICS.accuracy.compare(candidate, champion)
      if (found.state === 'undefined') continue
      const { value } = found.estimate
      if (value < 0) counts.point++
      if (value < -MARGIN) counts.threshold++
      if (unpaired(rightShare(candidate), rightShare(champion), rows) <= ALPHA) counts.unpaired++
      if (found.estimate.below(0) <= ALPHA) counts.paired++
      if (!(found.estimate.interval(1 - 2 * ALPHA).low >= -MARGIN)) counts.margin++
    }
    for (const rule of Object.values(RULES)) counts[rule] /= runs
    return counts
  }
}

/** Four rows in five are right for both; one in ten for one of them alone. */
function models(rows: number, lost: number, random: Random): { candidate: View; champion: View } {
  const labels = new Int32Array(rows).fill(1)
  const [ours, theirs] = [new Float64Array(rows), new Float64Array(rows)]
  for (let row = 0; row < rows; row++) {
    const at = random.uniform()
    const gained = at < 0.05 - lost / 2
    const dropped = !gained && at < 0.1
    const both = !gained && !dropped && at < 0.9
    ours[row] = gained || both ? 1 : 0
    theirs[row] = dropped || both ? 1 : 0
  }
  const base = { rows, labels, classes: ['0', '1'], threshold: 0.5 }
  return { candidate: { ...base, scores: [ours] }, champion: { ...base, scores: [theirs] } }
}

function rightShare({ scores, rows }: View): number {
  return scores[0]!.reduce((sum, one) => sum + one, 0) / rows
}

/** Two proportions as if they were of different rows: what a table of two accuracies allows. */
function unpaired(a: number, b: number, rows: number): number {
  const pooled = (a + b) / 2
  const error = Math.sqrt((2 * pooled * (1 - pooled)) / rows)
  return error === 0 ? 1 : normalCdf((a - b) / error)
}
