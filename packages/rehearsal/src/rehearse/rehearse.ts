import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { createExpressions } from '../expression/expressions.js'
import { Groups } from '../graph/concurrency.js'
import { Limiter } from '../graph/limiter.js'
import { runWorkflow } from '../graph/run-workflow.js'
import { type Scope, type Shared, scopeContexts } from '../graph/shared.js'
import { takeTurn } from '../graph/turn.js'
import { runJob } from '../job/run-job.js'
import { at } from '../plan/refusals.js'
import type { Workflow } from '../plan/workflow.js'
import { githubContext } from './github-context.js'
import { actionResolver } from './homes.js'
import { inputsFromTexts } from './inputs.js'
import { mentionsOf } from './mentions.js'
import type { RehearseOptions, RunOutcome } from './options.js'
import { type Planned, prepare } from './prepare.js'
import { standIns } from './stand-ins.js'
import { openTemporary } from './temporary.js'

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
  const secrets = planned.fork ? {} : (options.secrets ?? {})
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
  const state = options.stateFolder ?? stateFolder()
  using groups = new Groups(state)
  const say = (line: string) => options.events?.({ kind: 'log', job: '', line })
  const mentions = mentionsOf(workflow)
  const request = {
    facts,
    checkout,
    event,
    folder: temporary.path,
    state: join(state, 'repositories', encodeURIComponent(facts.repository.toLowerCase())),
    approve: options.approve ?? [],
    ...(options.ask ? { ask: options.ask } : {}),
    values: [...Object.entries(options.inputs ?? {}), ...Object.entries(vars), ...mentions.values],
    uses: mentions.uses,
    enter: (group: string) => enter(groups, group, signal, say),
    say,
  }
  await using services = await (options.startServices ?? standIns(options))(request)
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

async function inTurn(shared: Shared, workflow: Workflow, scope: Scope) {
  const { concurrency } = workflow
  if (concurrency === undefined) return await runWorkflow(shared, workflow, scope)
  const contexts = scopeContexts(shared, scope)
  const taken = await takeTurn(shared, concurrency, contexts, [], scope.signal, (group) =>
    shared.events({ kind: 'log', job: '', line: `… the run waits: the concurrency group ${group} is taken` }),
  )
  if (taken.kind === 'cancelled') return { result: 'cancelled' as const, outputs: {} }
  using turn = taken.turn
  const signal = AbortSignal.any([scope.signal, turn.cancelled])
  return await runWorkflow(shared, workflow, { ...scope, held: [taken.group], signal })
}

/** @throws SluiceError REHEARSAL_CANCELLED */
async function enter(
  groups: Groups,
  group: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Disposable> {
  const request = { group, queue: 'max', cancelInProgress: false } as const
  const turn = await groups.enter(request, signal, () =>
    say('… the run waits: another rehearsal of this repository uses its registries'),
  )
  if (turn !== 'cancelled') return turn
  throw new SluiceError('REHEARSAL_CANCELLED', 'The rehearsal was ended while it waited for another one.', {
    remedy: 'Run it again when the other one has ended.',
    kind: 'surroundings',
  })
}

function stateFolder(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'sluice')
}
