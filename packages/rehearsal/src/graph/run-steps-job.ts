import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contexts, JobResult, PlannedJob, Value } from '../contract.js'
import { createExpressions } from '../expression/expressions.js'
import { isMap } from '../expression/values.js'
import { checkLabel } from '../plan/jobs.js'
import { at, invalid } from '../plan/refusals.js'
import type { StepsJob, Workflow } from '../plan/workflow.js'
import { endedJob, failedJob } from './failure.js'
import type { Scope, Shared } from './shared.js'
import { TOKEN_PLACEHOLDER } from './shared.js'
import { takeTurn } from './turn.js'

/** One job of a matrix, or the only one. */
export interface Instance {
  readonly key: string
  readonly name: string
  /** github, inputs, vars, needs, matrix, strategy */
  readonly contexts: Contexts
  readonly signal: AbortSignal
}

/**
 * Runs a job that has steps: waits for its concurrency group and the approval of its environment, then for a free
 * place on the machine. Never throws for what the job does.
 */
export async function runStepsJob(
  shared: Shared,
  workflow: Workflow,
  scope: Scope,
  job: StepsJob,
  instance: Instance,
): Promise<JobResult> {
  const { expressions, services, events } = shared
  const { contexts, signal } = instance
  try {
    const planned = work(() => planJob(shared, workflow, job, instance))
    for (const label of job.runsOn)
      checkLabels(
        work(() => expressions.evaluate(label, contexts)),
        job,
      )
    const waiting = (because: string) => events({ kind: 'job-waiting', job: planned, because })
    const taken = job.concurrency
      ? await takeTurn(shared, job.concurrency, contexts, scope.held, signal, (group) =>
          waiting(`the concurrency group ${group} is taken`),
        )
      : undefined
    if (taken?.kind === 'cancelled') {
      return endedJob(
        'cancelled',
        'notice',
        `Canceled while it waited for the concurrency group ${taken.group}.`,
        job.place,
      )
    }
    using turn = taken?.turn
    if (planned.environment) {
      waiting(`${planned.environment.name} wants approval`)
      if ((await services.approval(planned.environment.name)) === 'rejected') {
        const { name } = planned.environment
        return endedJob(
          'failure',
          'error',
          `The deployment to ${name} was not approved. Approve it with --approve ${name}.`,
          job.place,
        )
      }
    }
    if (signal.aborted) return endedJob('cancelled', 'notice', 'The run was canceled.', job.place)
    const stop = turn ? AbortSignal.any([signal, turn.cancelled]) : signal
    return await shared.machine.run(() => start(shared, scope, planned, { ...instance, signal: stop }))
  } catch (error) {
    return failedJob(error, job.place)
  }

  function work<T>(run: () => T): T {
    return at(job.place, run)
  }
}

async function start(
  shared: Shared,
  scope: Scope,
  planned: PlannedJob,
  instance: Instance,
): Promise<JobResult> {
  const { events, facts, folder, language, services } = shared
  const own = join(folder, planned.key.replaceAll(/[^\w-]+/g, '_'))
  // As on a runner: the workspace lies in a folder named after the repository.
  const workspace = join(own, 'work', facts.repository.split('/')[1] ?? 'workspace')
  const temporary = join(own, 'temporary')
  for (const path of [workspace, temporary]) await mkdir(path, { recursive: true })
  events({ kind: 'job-started', job: planned })
  const variables = await services.forJob(planned, facts)
  const token = variables['GITHUB_TOKEN'] ?? ''
  const secrets = Object.fromEntries(
    Object.entries(scope.secrets).map(([name, value]) => [name, value.replaceAll(TOKEN_PLACEHOLDER, token)]),
  )
  const result = await shared.runJob(planned, {
    contexts: {
      ...instance.contexts,
      github: { ...shared.github, token },
      secrets: { ...secrets, GITHUB_TOKEN: token },
    },
    workspace,
    temporary,
    services: variables,
    expressions: createExpressions(language, workspace),
    repository: shared.repository,
    resolveAction: shared.resolveAction,
    events,
    signal: instance.signal,
  })
  services.jobEnded?.(planned.key, result.conclusion)
  return result
}

function planJob(shared: Shared, workflow: Workflow, job: StepsJob, instance: Instance): PlannedJob {
  const { expressions } = shared
  const { contexts } = instance
  const { environment } = job
  const name = environment && expressions.interpolate(environment.name, contexts)
  const url = environment?.url && expressions.interpolate(environment.url, contexts)
  return {
    key: instance.key,
    name: instance.name,
    id: job.id,
    steps: job.steps,
    env: job.env,
    defaults: job.defaults,
    permissions: job.permissions,
    outputs: job.outputs,
    // An expression that comes to nothing stands for no environment, as on GitHub.
    ...(name ? { environment: { name, ...(url ? { url } : {}) } } : {}),
    timeoutMinutes: minutes(expressions.evaluate(job.timeoutMinutes, contexts), job),
    continueOnError: expressions.interpolate(job.continueOnError, contexts) === 'true',
    home: workflow.home,
    place: job.place,
  }
}

function minutes(value: Value, job: StepsJob): number {
  const number = Number(value)
  if (number > 0) return number
  throw invalid(
    job.place,
    `\`timeout-minutes\` of job \`${job.id}\` is ${JSON.stringify(value)}.`,
    'Use a number above 0.',
  )
}

function checkLabels(value: Value, job: StepsJob): void {
  const labels = isMap(value) ? value['labels'] : value
  for (const label of Array.isArray(labels) ? labels : [labels]) checkLabel(String(label), job.place)
}
