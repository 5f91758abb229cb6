import { type Finding, fingerprint } from '@sluice/verdict'
import { shortened } from '../report/shortened.js'
import { problem } from './problem.js'

/** What data is refused for, by what was counted in it: the same words whether rows were counted here or in an engine. */
type Side = 'candidate' | 'champion'

/** A candidate that cannot score is a bad candidate; a champion that cannot leaves nothing to compare with. */
function levelOf(side: Side): Finding['level'] {
  return side === 'candidate' ? 'error' : 'unknown'
}

const PAIRING =
  'Write one row an id, the same ids for both models; a model that leaves rows out is not compared.'

export function noRows(): Finding {
  return problem('evaluation/no-rows', 'unknown', 'There is no row to evaluate.', PAIRING)
}

export function idsDuplicate(side: Side, count: number, examples: readonly string[]): Finding {
  return problem(
    'evaluation/ids-duplicate',
    'error',
    `${count} ids appear more than once among the ${side}'s rows, such as ${examples.join(', ')}; expected each once.`,
    PAIRING,
  )
}

export function idsUnmatched(onlyOurs: number, onlyTheirs: number, examples: readonly string[]): Finding {
  return problem(
    'evaluation/ids-unmatched',
    'error',
    `${onlyOurs} ids are only among the candidate's rows and ${onlyTheirs} only among the champion's, such as ${examples.join(', ')}; expected the same ids on both sides.`,
    PAIRING,
  )
}

export function labelsDiffer(differing: number): Finding {
  return problem(
    'evaluation/labels-differ',
    'error',
    `${differing} rows have another label in the candidate's file than in the champion's; expected the same.`,
    'Evaluate both models on the same version of the data.',
  )
}

const PARTS = {
  part: 'evaluation/slices-differ',
  prompt: 'evaluation/prompt-changed',
  target: 'evaluation/labels-differ',
} as const

/** A candidate whose file says otherwise where a row belongs could hide the slice on which it is worse. */
export function partsDiffer(name: string, differing: number, what: keyof typeof PARTS): Finding {
  return problem(
    PARTS[what],
    'error',
    `${differing} rows have another ${shortened(name)} in the candidate's file than in the champion's; expected the same.`,
    'Evaluate both models on the same version of the data.',
  )
}

export function scoresNotFinite(side: Side, bad: number, rows: number): Finding {
  return problem(
    `evaluation/${side}-not-finite`,
    levelOf(side),
    `${bad} of ${rows} rows have a ${side} score that is missing, NaN or infinite; expected a finite number in every row.`,
    `Find out why the ${side} does not score these rows; do not drop them.`,
  )
}

const PROBABILITIES = 'Give probabilities, or use metrics that only rank: auc, average_precision.'

export function scoresOutside(side: Side, outside: number): Finding {
  const message = `${outside} rows have a ${side} score outside 0 to 1; expected probabilities, for a rule asks for log loss, Brier score or calibration.`
  return problem(`evaluation/${side}-not-probability`, levelOf(side), message, PROBABILITIES)
}

export function sumsOff(side: Side, off: number, classes: number): Finding {
  const message = `In ${off} rows the ${side}'s scores of the ${classes} classes do not add up to 1.`
  return problem(`evaluation/${side}-not-probability`, levelOf(side), message, PROBABILITIES)
}

export function scoresAreLabels(side: Side): Finding {
  return {
    rule: 'evaluation/scores-are-labels',
    level: 'warning',
    message: `Every ${side} score is 0 or 1: it looks like a decision, and ranks rows far worse than the score behind it.`,
    remedy: 'Give the score before the threshold.',
    fingerprint: fingerprint('evaluation/scores-are-labels', side),
  }
}

/** A higher quantile under a lower one is no distribution. */
export function quantilesCross(side: Side, crossed: number): Finding {
  return {
    rule: 'evaluation/quantiles-cross',
    level: 'warning',
    message: `In ${crossed} rows a quantile of the ${side} lies below one of a lower level.`,
    remedy: 'Sort the quantiles of each row, or train them so that they do not cross.',
    fingerprint: fingerprint('evaluation/quantiles-cross', side),
  }
}

export function labelsConstant(rows: number): Finding {
  return problem(
    'evaluation/labels-constant',
    'unknown',
    `All ${rows} rows have the same label; expected rows of every class.`,
    'Evaluate on a sample that holds every class.',
  )
}

export function targetsNotFinite(bad: number, rows: number): Finding {
  return problem(
    'evaluation/targets-not-finite',
    'unknown',
    `${bad} of ${rows} rows have no true value, or one that is NaN or infinite; expected a finite number.`,
    'Evaluate on rows whose truth is known.',
  )
}

export function relevanceNegative(negative: number): Finding {
  return problem(
    'evaluation/relevance-negative',
    'unknown',
    `${negative} rows have a relevance below 0; expected 0 for what is not relevant.`,
    'Shift the grades so that 0 means not relevant.',
  )
}

export function weightsInvalid(bad: number, rows: number): Finding {
  return problem(
    'evaluation/weights-invalid',
    'unknown',
    `${bad} of ${rows} rows have a weight that is missing, negative or infinite, or every weight is 0.`,
    'Give each row a weight of at least 0.',
  )
}

/** @param judgements whether what is the same is hardly more than yes or no, so that two models may well agree on it */
export function championIsCandidate(judgements: boolean): Finding {
  const remedy = "Give the champion's own predictions; see which file and column each input names."
  if (!judgements) {
    const message =
      'Candidate and champion have the same score in every row: the model is compared with itself.'
    return problem('evaluation/champion-is-candidate', 'error', message, remedy)
  }
  return {
    rule: 'evaluation/champion-scores-alike',
    level: 'warning',
    message: 'Candidate and champion pass and fail the same rows: they may be one model.',
    remedy,
    fingerprint: fingerprint('evaluation/champion-scores-alike'),
  }
}
