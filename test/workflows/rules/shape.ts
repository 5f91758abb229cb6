import { entries, get, items, type Rule, text } from './document.js'

const LONGEST = 150

export const workflowsAreShort: Rule = (document) => {
  const length = document.text.trimEnd().split('\n').length
  if (length < LONGEST) return []
  return [
    {
      file: document.file,
      line: LONGEST,
      message: `${length} lines; a workflow has fewer than ${LONGEST}.`,
      remedy: 'Let it call another one.',
    },
  ]
}

/** Who calls reads what each input and output is. */
export const everythingIsDescribed: Rule = (document) => {
  const call = get(document.root, 'on', 'workflow_call')
  return ['inputs', 'secrets', 'outputs']
    .flatMap((kind) => entries(get(call, kind)))
    .filter(({ value }) => text(get(value, 'description')).length < 10)
    .map(({ key, at }) => ({
      file: document.file,
      line: document.lineOf(at),
      message: `\`${key}\` has no description.`,
      remedy: 'Add `description: …`.',
    }))
}

/** A job that hangs ends. */
export const jobsEnd: Rule = (document) =>
  entries(get(document.root, 'jobs'))
    .filter(({ value }) => get(value, 'uses') === undefined && get(value, 'timeout-minutes') === undefined)
    .map(({ key, at }) => ({
      file: document.file,
      line: document.lineOf(at),
      message: `the job \`${key}\` may hang for six hours.`,
      remedy: 'Add `timeout-minutes`.',
    }))

/** What gates handed over may have been replaced by any job of the run: it is held against their outputs before use. */
export const handoversAreHeld: Rule = (document) =>
  entries(get(document.root, 'jobs')).flatMap(({ key, value }) => {
    const steps = items(get(value, 'steps'))
    const uses = steps.map((step) => text(get(step, 'uses')))
    const last = steps.findLastIndex(
      (step, index) =>
        uses[index]!.startsWith('actions/download-artifact@') &&
        /-gates(-image)?$/.test(text(get(step, 'with', 'name'))) &&
        text(get(step, 'continue-on-error')) !== 'true',
    )
    if (last < 0 || uses[last + 1]?.includes('/actions/handover') === true) return []
    return [
      {
        file: document.file,
        line: document.lineOf(get(steps[last], 'with')),
        message: `the job \`${key}\` takes what lies in an artifact for what the gates made.`,
        remedy: 'Let `$/.github/actions/handover` with their `digests` be the next step.',
      },
    ]
  })

/** Outputs of a job that is not among the needs are empty, and nobody says so. */
export const needsAreDeclared: Rule = (document) =>
  entries(get(document.root, 'jobs')).flatMap(({ key, value, at }) => {
    const needs = get(value, 'needs')
    const declared = [text(needs), ...items(needs).map(text)]
    const [from = 0, , to = from] = (value?.range ?? []) as number[]
    const used = [...document.text.slice(from, to).matchAll(/\bneeds\.([\w-]+)/g)].map(([, job = '']) => job)
    return [...new Set(used)]
      .filter((job) => !declared.includes(job))
      .map((job) => ({
        file: document.file,
        line: document.lineOf(at),
        message: `the job \`${key}\` reads \`needs.${job}\`, which it does not need.`,
        remedy: `Add \`${job}\` to its \`needs\`.`,
      }))
  })

/** GitHub drops every output of a job in which the text of a secret occurs; a user's name stands in many references. */
export const secretsAreCredentials: Rule = (document) =>
  entries(get(document.root, 'on', 'workflow_call', 'secrets'))
    .filter(({ key }) => !/-(password|token|key)$/.test(key))
    .map(({ key, at }) => ({
      file: document.file,
      line: document.lineOf(at),
      message: `\`${key}\` is no credential: outputs in which its text occurs are dropped.`,
      remedy: 'Make it an input.',
    }))

/** What changes an environment enters it by its reviewers, and awaits whoever changes it already. */
export const changesAskAndQueue: Rule = (document) =>
  entries(get(document.root, 'jobs')).flatMap(({ key, value, at }) => {
    const changes = items(get(value, 'steps')).some((step) =>
      /^\$\/actions\/(promote|canary|rollback)$/.test(text(get(step, 'uses'))),
    )
    const asks = text(get(value, 'environment')) === '${{ inputs.environment }}'
    const queues = text(get(value, 'concurrency', 'queue')) === 'max'
    if (!changes || (asks && queues)) return []
    return [
      {
        file: document.file,
        line: document.lineOf(at),
        message: `the job \`${key}\` changes an environment without ${asks ? 'its queue' : 'its reviewers'}.`,
        remedy: 'Add `environment` and `concurrency` with `queue: max`.',
      },
    ]
  })

/** Two calls in one run, told apart by their artifacts, must not cancel or await each other. */
export const callsAreToldApart: Rule = (document) => {
  const group = get(document.root, 'concurrency', 'group')
  const prefix = get(document.root, 'on', 'workflow_call', 'inputs', 'artifact-prefix')
  if (group === undefined || prefix === undefined || text(group).includes('inputs.artifact-prefix')) return []
  return [
    {
      file: document.file,
      line: document.lineOf(group),
      message: 'two calls in one run have the same concurrency group.',
      remedy: 'Put `${{ inputs.artifact-prefix }}` into the group.',
    },
  ]
}

/** `queue: max` and `cancel-in-progress` exclude each other; a group by workflow name is the caller's too. */
export const queuesHold: Rule = (document) => {
  const blocks = [document.root, ...entries(get(document.root, 'jobs')).map(({ value }) => value)]
  return blocks.flatMap((block) => {
    const concurrency = get(block, 'concurrency')
    const group = get(concurrency, 'group')
    const problems = []
    if (get(concurrency, 'queue') !== undefined && get(concurrency, 'cancel-in-progress') !== undefined) {
      problems.push({
        file: document.file,
        line: document.lineOf(get(concurrency, 'cancel-in-progress')),
        message: 'GitHub refuses `queue` together with `cancel-in-progress`.',
        remedy: 'Take one of them away.',
      })
    }
    if (text(group).includes('github.workflow')) {
      problems.push({
        file: document.file,
        line: document.lineOf(group),
        message: '`github.workflow` is the caller’s name: caller and callee would cancel each other.',
        remedy: 'Begin the group with `sluice-` and the name of this workflow.',
      })
    }
    return problems
  })
}
