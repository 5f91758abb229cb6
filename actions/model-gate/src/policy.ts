import { SluiceError } from '@sluice/errors'
import {
  comparesWithChampion,
  type EvaluationPolicy,
  metricOf,
  type NamedColumn,
  type Roles,
  type Rule,
  type SliceSpec,
  sliceSpec,
  type Task,
} from '@sluice/evaluation'
import type { Inputs } from './action.js'

/**
 * The section of sluice.yaml with the inputs over it.
 * @param hasConfiguration whether there is such a file at all
 * @throws SluiceError EVALUATION_NO_RULES, EVALUATION_RULE_INAPPLICABLE, EVALUATION_CLASSES_MISSING
 */
export function policyOf(
  section: EvaluationPolicy,
  inputs: Inputs,
  hasConfiguration: boolean,
): EvaluationPolicy {
  const policy: EvaluationPolicy = {
    ...section,
    task: inputs.task ?? section.task,
    id: inputs.idColumn ?? section.id,
    label: inputs.labelColumn ?? section.label,
    alpha: inputs.alpha ?? section.alpha,
    ...(inputs.positive === undefined ? {} : { positive: inputs.positive }),
    rules: section.rules.map((rule) => ({
      ...rule,
      ...defaultColumn(rule, section, inputs),
      ...(rule.slices === undefined || inputs.slices.length === 0 ? {} : { slices: inputs.slices }),
    })),
  }
  if (policy.rules.length === 0) {
    const why = hasConfiguration
      ? ''
      : `: there is no ${inputs.config} in the working directory ${inputs.workingDirectory}`
    throw new SluiceError('EVALUATION_NO_RULES', `There is no rule to hold the candidate against${why}.`, {
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
  for (const rule of policy.rules) checkRule(rule, policy.task)
  return policy
}

/** A generation is judged by its score column where a rule names none. */
function defaultColumn(rule: Rule, section: EvaluationPolicy, inputs: Inputs): Partial<Rule> {
  const task = inputs.task ?? section.task
  if (task !== 'generation' || rule.column !== undefined || metricOf(rule).column === undefined) return {}
  const column = inputs.candidateColumn ?? section.candidateColumn ?? SCORES[task]
  const championColumn = rule.championColumn ?? inputs.championColumn ?? section.championColumn
  return {
    column,
    better: rule.better ?? 'higher',
    ...(championColumn === undefined ? {} : { championColumn }),
  }
}

function checkRule(rule: Rule, task: Task): void {
  const because = inapplicable(rule, task)
  if (because === undefined) return
  throw new SluiceError('EVALUATION_RULE_INAPPLICABLE', because, {
    remedy:
      'Set `evaluation.task`, or `column`, `groups`, `better` or `slices` of the rule, or use another metric.',
  })
}

/** Why a rule cannot be held at all, whatever the rows. */
function inapplicable(rule: Rule, task: Task): string | undefined {
  const { name, tasks, column, groups, boundsOnly, influence, undirected } = metricOf(rule)
  if (!tasks.includes(task))
    return `The metric ${name} is of the tasks ${tasks.join(', ')}; the task is ${task}.`
  if (column === '') return `The metric ${rule.metric} is of a column, and the rule names none.`
  if (groups === '') return `The metric ${rule.metric} compares groups, and the rule has no \`groups\`.`
  if (influence === undefined && rule.slices?.some((slice) => sliceSpec(slice).kind === 'search'))
    return `No slices can be found by ${name}: it does not say how much a row counts.`
  if (!comparesWithChampion(rule)) return undefined
  if (boundsOnly !== undefined) return `The metric ${name} cannot be compared with a champion: ${boundsOnly}.`
  if (undirected && rule.better === undefined)
    return `Whether higher or lower is better for ${name}, the rule does not say.`
  return undefined
}

/**
 * Whether and with what the candidate is compared. Without a champion a person has to say that this is the
 * first release: a comparison that silently falls away is no gate.
 * @throws SluiceError CHAMPION_MISSING, CHAMPION_UNEXPECTED
 */
export function checkChampion(inputs: Inputs, policy: EvaluationPolicy): void {
  const champion = inputs.champion ?? inputs.championTable
  if (champion !== undefined && inputs.firstRelease) {
    throw new SluiceError('CHAMPION_UNEXPECTED', 'Both `champion` and `first-release` are set.', {
      remedy: 'Leave out `first-release` once there is a champion.',
    })
  }
  // Whoever gave nothing at all is told of the candidate first.
  if (inputs.candidate === undefined && inputs.candidateTable === undefined) withCandidate(inputs)
  if (champion === undefined && !inputs.firstRelease && policy.rules.some(comparesWithChampion)) {
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

const SCORES: Record<Task, string> = {
  binary: 'score',
  multiclass: 'prob_',
  multilabel: 'prob_',
  regression: 'score',
  ranking: 'score',
  forecasting: 'score',
  generation: 'score',
}

/** Which columns to read. @throws SluiceError EVALUATION_CLASSES_MISSING, CHAMPION_COLUMN_MISSING */
export function rolesOf(inputs: Gated, policy: EvaluationPolicy): Roles {
  const { task, label, quantiles } = policy
  const fallback = task === 'forecasting' && quantiles !== undefined ? 'q' : SCORES[task]
  const ours = inputs.candidateColumn ?? policy.candidateColumn ?? fallback
  const theirs = inputs.championColumn ?? policy.championColumn ?? fallback
  const classes = task === 'multiclass' || task === 'multilabel' ? policy.classes : ['0', '1']
  if (classes === undefined) {
    throw new SluiceError('EVALUATION_CLASSES_MISSING', `A ${task} task needs the list of its classes.`, {
      remedy: 'List every class under `evaluation.classes` in sluice.yaml.',
    })
  }
  const sameFile = inputs.champion === inputs.candidate
  if (sameFile && theirs === ours && task !== 'generation') throw sameColumn(ours)
  const scores = (name: string) => scoreColumns(name, policy, classes)
  const columns = namedColumns(policy)
  if (sameFile) {
    // What no rule compares, such as a latency under a bound, may stand there once.
    const compared = unique(policy.rules.filter(comparesWithChampion).map((rule) => metricOf(rule).column))
    for (const { name, champion } of columns)
      if (name === champion && compared.includes(name)) throw sameColumn(name)
  }
  return {
    id: policy.id,
    task,
    classes,
    slices: slicesOf(policy),
    candidate: scores(ours),
    columns,
    groupings: unique(policy.rules.map((rule) => metricOf(rule).groups)),
    passing: policy.threshold,
    ...(task === 'multilabel'
      ? { labels: classes.map((one) => `${label}${one}`) }
      : task === 'generation'
        ? {}
        : { label }),
    ...(inputs.champion === undefined ? {} : { champion: scores(theirs) }),
    ...(quantiles === undefined ? {} : { quantiles }),
    ...(policy.weight === undefined ? {} : { weight: policy.weight }),
    ...(policy.cluster === undefined ? {} : { cluster: policy.cluster }),
    ...(policy.repeat === undefined ? {} : { repeat: policy.repeat }),
    ...(policy.promptHash === undefined ? {} : { prompt: policy.promptHash }),
    ...(task === 'ranking' ? { query: policy.query ?? 'query' } : {}),
    ...(policy.positive === undefined ? {} : { positive: policy.positive }),
  }
}

function scoreColumns(
  name: string,
  { task, quantiles }: EvaluationPolicy,
  classes: readonly string[],
): string[] {
  switch (task) {
    case 'multiclass':
    case 'multilabel':
      return classes.map((one) => `${name}${one}`)
    case 'forecasting':
      return quantiles === undefined ? [name] : quantiles.map((level) => `${name}${level}`)
    case 'generation':
      return []
    default:
      return [name]
  }
}

/** Every number column that a rule names, once. */
function namedColumns({ rules }: EvaluationPolicy): NamedColumn[] {
  const found = new Map<string, NamedColumn>()
  for (const rule of rules) {
    const name = metricOf(rule).column
    if (name === undefined) continue
    const known = found.get(name)?.champion
    found.set(name, { name, champion: rule.championColumn ?? known ?? name })
  }
  return [...found.values()]
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))]
}

function sameColumn(name: string): SluiceError {
  return new SluiceError(
    'CHAMPION_COLUMN_MISSING',
    `Candidate and champion are the same file and the same column \`${name}\`.`,
    {
      remedy:
        'Name the two columns with `candidate-column` and `champion-column`, or `column` and `championColumn` of the rule, or give two files.',
    },
  )
}

/** Every declaration once, whatever the number of rules that slice by it. */
function slicesOf({ rules }: EvaluationPolicy): SliceSpec[] {
  const specs = rules.flatMap((rule) => (rule.slices ?? []).map((slice) => sliceSpec(slice)))
  return [...new Map(specs.map((spec) => [spec.key, spec])).values()]
}
