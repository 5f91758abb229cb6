import { availableParallelism, homedir } from 'node:os'
import { basename, join } from 'node:path'
import { nearest, SluiceError } from '@sluice/errors'
import type { RunFacts } from '../contract.js'
import { createExpressions } from '../expression/expressions.js'
import { type Language, loadLanguage } from '../expression/language.js'
import { Groups } from '../graph/concurrency.js'
import { Limiter } from '../graph/limiter.js'
import { runWorkflow } from '../graph/run-workflow.js'
import { type Scope, type Shared, scopeContexts } from '../graph/shared.js'
import { ancestorsOf } from '../graph/status.js'
import { takeTurn } from '../graph/turn.js'
import { runJob } from '../job/run-job.js'
import { checkActions } from '../plan/actions.js'
import { planWorkflow } from '../plan/plan.js'
import type { Repositories } from '../plan/references.js'
import { at } from '../plan/refusals.js'
import type { Workflow } from '../plan/workflow.js'
import { type Event, MADE_EVENTS, makeEvent } from './event.js'
import { checkTrigger } from './filters.js'
import { githubContext } from './github-context.js'
import { actionResolver, readHomes, toHome } from './homes.js'
import { inputsFromTexts } from './inputs.js'
import type { RehearseOptions, RunOutcome } from './options.js'
import { type Checkout, readCheckout } from './repository.js'
import { standIns } from './stand-ins.js'
import { openTemporary } from './temporary.js'

/** A workflow that has been read and checked, with the event it is to be rehearsed on. */
export interface Planned {
  readonly language: Language
  readonly checkout: Checkout
  readonly homes: Repositories
  readonly workflow: Workflow
  readonly event: Event
  readonly facts: RunFacts
  readonly notes: readonly string[]
}

/**
 * Runs a workflow of a repository on this machine, as GitHub would.
 * @returns what came of it; a failed job is an outcome, not an error
 * @throws SluiceError before anything runs: for what GitHub would not start (WORKFLOW_INVALID, EVENT_NOT_LISTENED …),
 * for what a rehearsal does not do (REHEARSAL_UNSUPPORTED, REHEARSAL_UNMAPPED), for wrong options
 */
export async function rehearse(options: RehearseOptions): Promise<RunOutcome> {
  return await runPlanned(await prepare(options), options)
}

/** Runs what has been prepared. @throws SluiceError for inputs that do not fit */
export async function runPlanned(planned: Planned, options: RehearseOptions): Promise<RunOutcome> {
  const { checkout, event, facts, homes, language, notes, workflow } = planned
  const began = performance.now()
  const signal = options.signal ?? new AbortController().signal
  const expressions = createExpressions(language)
  const vars = options.vars ?? {}
  const secrets = options.secrets ?? {}
  const github = githubContext(workflow, facts, event)
  const seen = { github, vars, inputs: {} }
  const inputs = inputsFromTexts(
    workflow,
    event.name,
    options.inputs ?? {},
    Object.keys(secrets),
    expressions,
    seen,
  )

  await using temporary = await openTemporary()
  using groups = new Groups(options.stateFolder ?? stateFolder())
  const request = {
    facts,
    checkout,
    event,
    folder: temporary.path,
    approve: options.approve ?? [],
    ...(options.ask ? { ask: options.ask } : {}),
  }
  await using services = await (options.startServices ?? standIns(options.variables ?? {}))(request)
  const shared: Shared = {
    language,
    expressions,
    facts,
    repository: workflow.home,
    github,
    vars,
    runJob: options.runJob ?? runJob,
    services,
    resolveAction: actionResolver(homes),
    groups,
    machine: new Limiter(options.parallel ?? Math.max(2, availableParallelism())),
    folder: join(temporary.path, 'jobs'),
    events: options.events ?? (() => {}),
    finished: [],
  }
  const scope: Scope = { inputs, secrets, key: '', name: '', held: [], signal }
  const title = workflow.runName
    ? at(workflow.place, () => expressions.interpolate(workflow.runName!, scopeContexts(shared, scope)))
    : workflow.name
  const { result, outputs } = await inTurn(shared, workflow, scope)
  return {
    conclusion: result,
    exitCode: result === 'failure' ? 1 : result === 'cancelled' ? 3 : 0,
    title,
    facts,
    jobs: shared.finished,
    outputs,
    milliseconds: performance.now() - began,
    notes,
  }
}

/** Reads and checks all that a rehearsal needs, without running anything. @throws SluiceError as `rehearse` */
export async function prepare(options: RehearseOptions): Promise<Planned> {
  const language = await loadLanguage()
  const checkout = await readCheckout(options.repo, options.repository)
  const own = toHome(checkout, workflowPath(options.workflow))
  const homes = await readHomes(own, options.maps ?? {})
  const whole = await planWorkflow({ language, home: own, repositories: homes })
  const workflow = options.job === undefined ? whole : onlyJob(whole, options.job)
  await checkActions(workflow, actionResolver(homes))
  const event = await eventOf(checkout, workflow, options)
  const notes = checkTrigger(workflow, event)
  const facts: RunFacts = {
    repository: checkout.repository,
    runId: String(Date.now()),
    runAttempt: '1',
    sha: event.sha,
    ref: event.ref,
    event: event.name,
    actor: options.actor ?? 'octocat',
    workflow: own.workflow,
  }
  const seen = onEvent(workflow, own.repository, event)
  return { language, checkout, homes, workflow: seen, event, facts, notes }
}

/** The repository's own workflows at the commit and ref that the event is about, as their jobs see them. */
function onEvent(workflow: Workflow, repository: string, event: Event): Workflow {
  const { home, jobs } = workflow
  const own = home.repository === repository
  return {
    ...workflow,
    home: own ? { ...home, sha: event.sha, ref: event.ref } : home,
    jobs: new Map(
      [...jobs].map(([id, job]) => [
        id,
        job.kind === 'call' ? { ...job, callee: onEvent(job.callee, repository, event) } : job,
      ]),
    ),
  }
}

async function inTurn(shared: Shared, workflow: Workflow, scope: Scope) {
  const { concurrency } = workflow
  if (concurrency === undefined) return await runWorkflow(shared, workflow, scope)
  const contexts = scopeContexts(shared, scope)
  const taken = await takeTurn(shared, concurrency, contexts, [], scope.signal, () => {})
  if (taken.kind === 'cancelled') return { result: 'cancelled' as const, outputs: {} }
  using turn = taken.turn
  const signal = AbortSignal.any([scope.signal, turn.cancelled])
  return await runWorkflow(shared, workflow, { ...scope, held: [taken.group], signal })
}

function workflowPath(workflow: string): string {
  const name = workflow.replace(/^\.\//, '')
  return name.includes('/')
    ? name
    : `.github/workflows/${/\.ya?ml$/.test(name) ? name : `${basename(name)}.yml`}`
}

function onlyJob(workflow: Workflow, id: string): Workflow {
  if (!workflow.jobs.has(id)) {
    const ids = [...workflow.jobs.keys()]
    const near = nearest(id, ids)
    throw new SluiceError('REHEARSAL_JOB_UNKNOWN', `${workflow.place.file} has no job \`${id}\`.`, {
      remedy: `${near === undefined ? '' : `Did you mean \`${near}\`? `}It has ${ids.join(', ')}.`,
    })
  }
  const kept = new Set([id, ...ancestorsOf(id, (each) => workflow.jobs.get(each)?.needs ?? [])])
  return { ...workflow, jobs: new Map([...workflow.jobs].filter(([each]) => kept.has(each))) }
}

async function eventOf(checkout: Checkout, workflow: Workflow, options: RehearseOptions): Promise<Event> {
  const listened = [...workflow.triggers.keys()]
  const name = options.event ?? listened.find((each) => MADE_EVENTS.includes(each)) ?? listened[0] ?? ''
  if (!MADE_EVENTS.includes(name) && options.payload === undefined) {
    throw new SluiceError('EVENT_PAYLOAD_MISSING', `A rehearsal cannot make up the payload of \`${name}\`.`, {
      remedy: `Give it by \`--event-file\`; without one there are ${MADE_EVENTS.join(', ')}.`,
    })
  }
  const schedule = workflow.triggers.get('schedule')?.filters['cron']?.[0]
  return await makeEvent(checkout, {
    name,
    actor: options.actor ?? 'octocat',
    inputs: options.inputs ?? {},
    workflow: workflow.home.workflow,
    ...(options.ref === undefined ? {} : { ref: options.ref }),
    ...(options.payload === undefined ? {} : { payload: options.payload }),
    ...(schedule === undefined ? {} : { schedule }),
  })
}

function stateFolder(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'sluice')
}
