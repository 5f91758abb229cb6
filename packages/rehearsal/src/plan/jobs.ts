import type { Permissions, Place } from '../contract.js'
import { invalid, unsupported } from './refusals.js'
import { defined, readSteps } from './steps.js'
import type { TemplateToken, Tokens } from './tokens.js'
import type { CallJob, Concurrency, StepsJob, Strategy, Texts } from './workflow.js'

const UNSUPPORTED: Readonly<Record<string, string>> = {
  container: 'Let the job run on the machine itself.',
  services: 'Start what the job needs in a step.',
  snapshot: 'Take `snapshot` out for the rehearsal.',
  'cancel-timeout-minutes': 'Take `cancel-timeout-minutes` out for the rehearsal.',
}
const DEFAULT_TIMEOUT = '360'

/** What jobs take over from their workflow. */
export interface Surroundings {
  readonly env: Texts
  readonly defaults: StepsJob['defaults']
  readonly permissions: Permissions
}

/** A job that runs steps. @throws SluiceError REHEARSAL_UNSUPPORTED, WORKFLOW_INVALID */
export function readStepsJob(
  tokens: Tokens,
  id: string,
  at: TemplateToken,
  job: TemplateToken,
  around: Surroundings,
): StepsJob {
  for (const { key, at: token } of tokens.entries(job)) {
    const remedy = UNSUPPORTED[key]
    if (remedy !== undefined) throw unsupported(tokens.place(token), `\`${key}\` of a job`, remedy)
  }
  const runsOn = tokens.get(job, 'runs-on')
  const labels =
    runsOn === undefined
      ? []
      : tokens.isMapping(runsOn)
        ? tokens.list(tokens.get(runsOn, 'labels'))
        : tokens.list(runsOn)
  for (const label of labels) checkLabel(label, tokens.place(runsOn!))
  const environment = tokens.get(job, 'environment')
  return {
    kind: 'steps',
    ...common(tokens, id, at, job),
    permissions: around.permissions,
    runsOn: labels,
    env: { ...around.env, ...tokens.texts(tokens.get(job, 'env')) },
    defaults: { ...around.defaults, ...readDefaults(tokens, job) },
    outputs: tokens.texts(tokens.get(job, 'outputs')),
    ...(environment === undefined ? {} : { environment: readEnvironment(tokens, environment) }),
    timeoutMinutes: tokens.optional(job, 'timeout-minutes') ?? DEFAULT_TIMEOUT,
    continueOnError: tokens.optional(job, 'continue-on-error') ?? 'false',
    steps: readSteps(tokens, job),
  }
}

/** The part of a calling job that its own file says. */
export function readCall(
  tokens: Tokens,
  id: string,
  at: TemplateToken,
  job: TemplateToken,
): Omit<CallJob, 'callee' | 'permissions'> {
  const secrets = tokens.get(job, 'secrets')
  return {
    kind: 'call',
    ...common(tokens, id, at, job),
    uses: tokens.optional(job, 'uses') ?? '',
    with: Object.fromEntries(
      tokens.entries(tokens.get(job, 'with')).map(({ key, value }) => [key, tokens.value(value)]),
    ),
    secrets: secrets !== undefined && !tokens.isMapping(secrets) ? 'inherit' : tokens.texts(secrets),
  }
}

function common(tokens: Tokens, id: string, at: TemplateToken, job: TemplateToken) {
  const optional = { name: tokens.optional(job, 'name') || undefined, if: tokens.optional(job, 'if') }
  const concurrency = readConcurrency(tokens, job)
  const strategy = readStrategy(tokens, job)
  return {
    id,
    ...defined({ ...optional, concurrency, strategy }),
    needs: tokens.list(tokens.get(job, 'needs')),
    place: tokens.place(at),
  }
}

/** A runner that this machine is not. @throws SluiceError REHEARSAL_UNSUPPORTED */
export function checkLabel(label: string, place: Place): void {
  if (/^(windows|macos)/i.test(label)) {
    throw unsupported(
      place,
      `\`runs-on: ${label}\``,
      'Rehearse on Linux: the job runs on this machine, whatever the label says.',
    )
  }
}

/** `defaults.run` of a workflow or a job. */
export function readDefaults(tokens: Tokens, parent: TemplateToken): StepsJob['defaults'] {
  const run = tokens.get(tokens.get(parent, 'defaults'), 'run')
  return defined({
    shell: tokens.optional(run, 'shell'),
    workingDirectory: tokens.optional(run, 'working-directory'),
  })
}

function readEnvironment(tokens: Tokens, token: TemplateToken): { name: string; url?: string } {
  if (!tokens.isMapping(token)) return { name: tokens.text(token) }
  return { name: tokens.optional(token, 'name') ?? '', ...defined({ url: tokens.optional(token, 'url') }) }
}

function readStrategy(tokens: Tokens, job: TemplateToken): Strategy | undefined {
  const entry = tokens.entries(job).find(({ key }) => key === 'strategy')
  if (entry === undefined) return undefined
  if (!tokens.isMapping(entry.value)) {
    throw unsupported(
      tokens.place(entry.at),
      'a `strategy` that is one expression',
      'Write its keys; `matrix` may be an expression.',
    )
  }
  const matrix = tokens.get(entry.value, 'matrix')
  return {
    failFast: tokens.optional(entry.value, 'fail-fast') ?? 'true',
    ...(matrix === undefined ? {} : { matrix: tokens.value(matrix) }),
    ...defined({ maxParallel: tokens.optional(entry.value, 'max-parallel') }),
    place: tokens.place(entry.at),
  }
}

/** `concurrency` of a workflow or a job. @throws SluiceError WORKFLOW_INVALID for `queue: max` with `cancel-in-progress` */
export function readConcurrency(tokens: Tokens, parent: TemplateToken): Concurrency | undefined {
  const entry = tokens.entries(parent).find(({ key }) => key === 'concurrency')
  if (entry === undefined) return undefined
  const place = tokens.place(entry.at)
  const { value } = entry
  if (!tokens.isMapping(value))
    return { group: tokens.text(value), cancelInProgress: 'false', queue: 'single', place }
  const queue = tokens.optional(value, 'queue') === 'max' ? 'max' : 'single'
  const cancelInProgress = tokens.optional(value, 'cancel-in-progress') ?? 'false'
  if (queue === 'max' && cancelInProgress === 'true') {
    // GitHub's npm parser lets this pass; its server does not (actions/languageservices#355).
    throw invalid(
      place,
      '`queue: max` and `cancel-in-progress: true` exclude each other.',
      'Keep one of them.',
    )
  }
  return { group: tokens.optional(value, 'group') ?? '', cancelInProgress, queue, place }
}
