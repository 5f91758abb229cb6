import {
  aucInfluence,
  averagePrecisionInfluence,
  type Ranked,
  type RankInfluence,
  withInfluences,
} from '@sluice/statistics'
import { newcombeAucEstimate } from '../estimates/estimate.js'
import { type Influenced, influenceMetric, type Valued } from './influence.js'
import type { Weighing } from './metric.js'
import { orderOf } from './order.js'

function rankedBy(labels: Int32Array, scores: Float64Array, { weights, collapsed }: Weighing): Ranked {
  return {
    labels,
    order: orderOf(scores),
    ...(weights && { weights }),
    ...(collapsed && { groups: collapsed }),
  }
}

/** The same with its influences still to be worked out. */
function influencedBy(found: RankInfluence, rest: Omit<Valued, 'value'>): Influenced {
  const { value, squares } = found
  const known = {
    state: 'influenced' as const,
    value,
    ...(squares === undefined ? {} : { squares }),
    ...rest,
  }
  return withInfluences(known, () => found.psi)
}

/** AUC of "class `target` against the rest" by `scores`. */
export function aucOf(
  labels: Int32Array,
  scores: Float64Array,
  target: number,
  weighing: Weighing = {},
): Influenced {
  const found = aucInfluence(rankedBy(labels, scores, weighing), target)
  const { positives, negatives } = found
  if (positives === 0 || negatives === 0)
    return {
      state: 'undefined',
      because: `AUC needs both classes; there are ${positives} positive and ${negatives} negative rows`,
    }
  if (positives < 2 || negatives < 2)
    return {
      state: 'undefined',
      because: `the error of an AUC needs two rows of each class; there are ${positives} and ${negatives}`,
    }
  const classes = { positives, negatives }
  return influencedBy(found, { trials: Math.min(positives, negatives), classes })
}

/** Rows of the rarer class under which DeLong's interval of one AUC is too narrow. */
const FEW = 200

export const aucMetric = influenceMetric({
  name: 'auc',
  label: 'AUC',
  better: 'higher',
  tasks: ['binary'],
  needs: 'ranking',
  scale: 'logit',
  method: 'DeLong',
  reference: 'normal',
  influence: (view) => aucOf(view.labels, view.scores[0]!, 1, view),
  few({ value, classes, trials }, standardError, designEffect) {
    if (classes === undefined || trials >= FEW) return undefined
    const { positives, negatives } = classes
    return newcombeAucEstimate(value, standardError, positives / designEffect, negatives / designEffect)
  },
})

/** Average precision of a 0/1 column of labels. */
export function averagePrecisionOf(
  labels: Int32Array,
  scores: Float64Array,
  weighing: Weighing = {},
): Influenced {
  const found = averagePrecisionInfluence(rankedBy(labels, scores, weighing))
  if (found.positives === 0)
    return { state: 'undefined', because: 'average precision needs a positive row; there is none' }
  return influencedBy(found, { trials: found.positives })
}

export const averagePrecisionMetric = influenceMetric({
  name: 'average_precision',
  label: 'average precision',
  better: 'higher',
  tasks: ['binary'],
  needs: 'ranking',
  scale: 'logit',
  method: 'infinitesimal jackknife',
  reference: 'trials',
  influence: (view) => averagePrecisionOf(view.labels, view.scores[0]!, view),
})
