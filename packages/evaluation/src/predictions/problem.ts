import { type Finding, fingerprint, type Level } from '@sluice/verdict'

/** A reason not to trust the data at all: while one stands, no rule is decided. */
export type ProblemRule =
  | 'evaluation/ids-duplicate'
  | 'evaluation/ids-unmatched'
  | 'evaluation/labels-differ'
  | 'evaluation/slices-differ'
  | 'evaluation/prompt-changed'
  | 'evaluation/dataset-changed'
  | 'evaluation/task-changed'
  | 'evaluation/evaluation-limited'
  | 'evaluation/evaluation-incomplete'
  | 'evaluation/direction-contradicts'
  | 'evaluation/repeats-differ'
  | 'evaluation/rows-disagree'
  | 'evaluation/targets-not-finite'
  | 'evaluation/relevance-negative'
  | 'evaluation/weights-invalid'
  | 'evaluation/labels-constant'
  | 'evaluation/candidate-not-finite'
  | 'evaluation/champion-not-finite'
  | 'evaluation/candidate-not-probability'
  | 'evaluation/champion-not-probability'
  | 'evaluation/champion-is-candidate'
  | 'evaluation/no-rows'

/** A finding about the data; the fingerprint leaves out counts, which move with every export. */
export function problem(rule: ProblemRule, level: Level, message: string, remedy: string): Finding {
  return { rule, level, message, remedy, fingerprint: fingerprint(rule), waivable: false }
}
