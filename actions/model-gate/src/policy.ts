import { SluiceError } from '@sluice/errors'
import {
  comparesWithChampion,
  type EvaluationPolicy,
  METRICS,
  type Roles,
  type SliceSpec,
  sliceSpec,
} from '@sluice/evaluation'
import type { Inputs } from './action.js'

/**
 * The section of sluice.yaml with the inputs over it.
 * @throws SluiceError EVALUATION_NO_RULES, EVALUATION_RULE_INAPPLICABLE, EVALUATION_CLASSES_MISSING
 */
export function policyOf(section: EvaluationPolicy, inputs: Inputs): EvaluationPolicy {
  const policy: EvaluationPolicy = {
    ...section,
    task: inputs.task ?? section.task,
    id: inputs.idColumn ?? section.id,
    label: inputs.labelColumn ?? section.label,
    alpha: inputs.alpha ?? section.alpha,
    ...(inputs.positive === undefined ? {} : { positive: inputs.positive }),
    rules: section.rules.map((rule) =>
      rule.slices === undefined || inputs.slices.length === 0 ? rule : { ...rule, slices: inputs.slices },
    ),
  }
  if (policy.rules.length === 0) {
    throw new SluiceError('EVALUATION_NO_RULES', 'There is no rule to hold the candidate against.', {
      remedy:
        'Write at least one under `evaluation.rules` in sluice.yaml, such as `- { metric: auc, margin: 0.005 }`.',
    })
  }
  if (inputs.slices.length > 0 && policy.rules.every((rule) => rule.slices === undefined)) {
    throw new SluiceError(
      'EVALUATION_RULE_INAPPLICABLE',
      'The input `slices` is set, and no rule has `slices`.',
      {
        remedy: 'Give a rule under `evaluation.rules` its `slices`, or leave the input out.',
      },
    )
  }
  for (const { metric } of policy.rules) {
    const { task } = METRICS[metric]
    if (task === 'both' || task === policy.task) continue
    throw new SluiceError(
      'EVALUATION_RULE_INAPPLICABLE',
      `The metric ${metric} is ${task}; the task is ${policy.task}.`,
      {
        remedy: 'Set `evaluation.task`, or use a metric of this task.',
      },
    )
  }
  return policy
}

/**
 * Whether and with what the candidate is compared. Without a champion a person has to say that this is the
 * first release: a comparison that silently falls away is no gate.
 * @throws SluiceError CHAMPION_MISSING, CHAMPION_UNEXPECTED
 */
export function checkChampion(inputs: Inputs, policy: EvaluationPolicy): void {
  if (inputs.champion !== undefined && inputs.firstRelease) {
    throw new SluiceError('CHAMPION_UNEXPECTED', 'Both `champion` and `first-release` are set.', {
      remedy: 'Leave out `first-release` once there is a champion.',
    })
  }
  if (inputs.champion === undefined && !inputs.firstRelease && policy.rules.some(comparesWithChampion)) {
    throw new SluiceError('CHAMPION_MISSING', 'A rule compares with the champion, and none is given.', {
      remedy: 'Give `champion`, or set `first-release: true` if no model serves yet.',
    })
  }
}

/** Inputs that name a candidate: all that a gate can work with. */
export type Gated = Inputs & { readonly candidate: string }

/** @throws SluiceError CANDIDATE_MISSING */
export function withCandidate(inputs: Inputs): Gated {
  const { candidate } = inputs
  if (candidate !== undefined) return { ...inputs, candidate }
  throw new SluiceError(
    'CANDIDATE_MISSING',
    'The input `candidate` is not set, and there is nothing to gate.',
    {
      remedy: "Give the candidate's predictions or its summary; only a `plan` may do without.",
    },
  )
}

/** Which columns to read. @throws SluiceError EVALUATION_CLASSES_MISSING, CHAMPION_COLUMN_MISSING */
export function rolesOf(inputs: Gated, policy: EvaluationPolicy): Roles {
  const ours = inputs.candidateColumn ?? policy.candidateColumn
  const theirs = inputs.championColumn ?? policy.championColumn
  const fallback = policy.task === 'binary' ? 'score' : 'prob_'
  const classes = policy.task === 'binary' ? ['0', '1'] : policy.classes
  if (classes === undefined) {
    throw new SluiceError('EVALUATION_CLASSES_MISSING', 'A multiclass task needs the list of its classes.', {
      remedy: 'List every class under `evaluation.classes` in sluice.yaml.',
    })
  }
  const columns = (name: string) =>
    policy.task === 'binary' ? [name] : classes.map((one) => `${name}${one}`)
  if (inputs.champion === inputs.candidate && (theirs ?? fallback) === (ours ?? fallback)) {
    throw new SluiceError(
      'CHAMPION_COLUMN_MISSING',
      `Candidate and champion are the same file and the same column \`${ours ?? fallback}\`.`,
      {
        remedy:
          'Name the two score columns with `candidate-column` and `champion-column`, or give two files.',
      },
    )
  }
  return {
    id: policy.id,
    label: policy.label,
    task: policy.task,
    classes,
    slices: slicesOf(policy),
    candidate: columns(ours ?? fallback),
    ...(inputs.champion === undefined ? {} : { champion: columns(theirs ?? fallback) }),
    ...(policy.cluster === undefined ? {} : { cluster: policy.cluster }),
    ...(policy.positive === undefined ? {} : { positive: policy.positive }),
  }
}

/** Every declaration once, whatever the number of rules that slice by it. */
function slicesOf({ rules }: EvaluationPolicy): SliceSpec[] {
  const specs = rules.flatMap((rule) => (rule.slices ?? []).map(sliceSpec))
  return [...new Map(specs.map((spec) => [spec.key, spec])).values()]
}
