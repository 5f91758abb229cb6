import { basename } from 'node:path'
import { nearest, SluiceError } from '@sluice/errors'
import type { RunFacts } from '../contract.js'
import { type Language, loadLanguage } from '../expression/language.js'
import { ancestorsOf } from '../graph/status.js'
import { checkActions } from '../plan/actions.js'
import { planWorkflow } from '../plan/plan.js'
import type { Repositories } from '../plan/references.js'
import type { Workflow } from '../plan/workflow.js'
import { type Event, MADE_EVENTS, makeEvent } from './event.js'
import { checkTrigger } from './filters.js'
import { asFork, FORK_NOTE, isFromFork } from './fork.js'
import { actionResolver, ownSlug, readHomes, toHome } from './homes.js'
import type { RehearseOptions } from './options.js'
import { type Checkout, readCheckout } from './repository.js'

/** A workflow that has been read and checked, with the event it is to be rehearsed on. */
export interface Planned {
  readonly language: Language
  readonly checkout: Checkout
  readonly homes: Repositories
  readonly workflow: Workflow
  readonly event: Event
  readonly facts: RunFacts
  readonly notes: readonly string[]
  /** A stranger's pull request: without secrets, and with tokens that only read. */
  readonly fork: boolean
}

/** Reads and checks all that a rehearsal needs, without running anything. @throws SluiceError as `rehearse` */
export async function prepare(options: RehearseOptions): Promise<Planned> {
  const language = await loadLanguage()
  const checkout = await readCheckout(options.repo, options.repository ?? (await ownSlug(options.repo)))
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
  if (!isFromFork(event, checkout.repository))
    return { language, checkout, homes, workflow: seen, event, facts, notes, fork: false }
  const forked = asFork(seen)
  return {
    language,
    checkout,
    homes,
    workflow: forked,
    event,
    facts,
    notes: [...notes, FORK_NOTE],
    fork: true,
  }
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
