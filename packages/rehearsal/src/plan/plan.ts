import { isSluiceError, SluiceError } from '@sluice/errors'
import { openWorkspace } from '@sluice/toolkit'
import type { Home, Permissions, Place } from '../contract.js'
import type { Language } from '../expression/language.js'
import { checkCall } from './calls.js'
import { readCall, readConcurrency, readDefaults, readStepsJob } from './jobs.js'
import { FILE_LIMIT, parseWorkflow } from './parse.js'
import { type Caller, checkGranted, DEFAULT_PERMISSIONS, readPermissions } from './permissions.js'
import { type Repositories, resolveWorkflow } from './references.js'
import { invalid, where } from './refusals.js'
import { type TemplateToken, Tokens } from './tokens.js'
import { readTriggers } from './triggers.js'
import type { Job, Workflow } from './workflow.js'

/** GitHub's limits on nesting (github.com; docs, "Reusing workflows"). */
const LEVELS = 10
const FILES = 50

export interface PlanOptions {
  readonly language: Language
  /** The workflow to plan: `home.workflow` in `home.folder`. */
  readonly home: Home
  readonly repositories: Repositories
}

/**
 * Reads a workflow and all that it calls, checks what GitHub checks before the first job, and refuses by name what a
 * rehearsal does not do.
 * @throws SluiceError WORKFLOW_INVALID, WORKFLOW_MISSING, REHEARSAL_UNSUPPORTED, REHEARSAL_UNMAPPED
 */
export async function planWorkflow(options: PlanOptions): Promise<Workflow> {
  return await new Planner(options).read(options.home, [], undefined)
}

interface Link extends Caller {
  readonly uses: string
  /** Of the calling job. */
  readonly place: Place
  /** Of its `uses`. */
  readonly from: Place
}

class Planner {
  readonly #options: PlanOptions
  readonly #seen = new Set<string>()

  constructor(options: PlanOptions) {
    this.#options = options
  }

  async read(home: Home, above: readonly string[], caller: Link | undefined): Promise<Workflow> {
    const file = this.#shown(home)
    this.#bound(home, above, caller)
    const content = await readFile(home, caller)
    const root = await parseWorkflow(this.#options.language, file, content)
    const tokens = new Tokens(this.#options.language.parser, file, content)
    const asked = readPermissions(tokens, root)
    if (caller && asked) checkGranted(asked, `the workflow \`${caller.uses}\``, caller)
    const permissions = asked?.permissions ?? caller?.granted ?? DEFAULT_PERMISSIONS
    const env = tokens.texts(tokens.get(root, 'env'))
    const around = { env, defaults: readDefaults(tokens, root), permissions }
    const jobs = new Map<string, Job>()
    for (const { key, at, value } of tokens.entries(tokens.get(root, 'jobs'))) {
      const own = readPermissions(tokens, value)
      if (caller && own) checkGranted(own, `the nested job \`${key}\``, caller)
      const may = own?.permissions ?? permissions
      jobs.set(
        key,
        tokens.get(value, 'uses') === undefined
          ? readStepsJob(tokens, key, at, value, { ...around, permissions: may })
          : await this.#call(tokens, { key, at, value }, [...above, identity(home)], {
              home,
              granted: may,
              bound: own === undefined && asked === undefined ? caller?.bound : undefined,
            }),
      )
    }
    const concurrency = readConcurrency(tokens, root)
    const runName = tokens.optional(root, 'run-name')
    return {
      place: { file, line: 1 },
      home,
      name: tokens.optional(root, 'name') || home.workflow,
      ...(runName === undefined ? {} : { runName }),
      triggers: readTriggers(tokens, tokens.get(root, 'on')!),
      env,
      ...(concurrency === undefined ? {} : { concurrency }),
      jobs,
    }
  }

  async #call(
    tokens: Tokens,
    { key, at, value }: { key: string; at: TemplateToken; value: TemplateToken },
    above: readonly string[],
    { bound, granted, home }: { home: Home; granted: Permissions; bound: Caller['bound'] | undefined },
  ): Promise<Job> {
    const call = readCall(tokens, key, at, value)
    const place = tokens.place(tokens.entries(value).find((entry) => entry.key === 'uses')!.at)
    const target = resolveWorkflow(call.uses, place, home, this.#options.repositories)
    const link: Link = {
      bound: bound ?? { job: key, place: call.place },
      place: call.place,
      granted,
      uses: call.uses,
      from: place,
    }
    const callee = await this.read(target, above, link)
    checkCall(tokens, value, call, callee, place)
    return { ...call, permissions: granted, callee }
  }

  #bound(home: Home, above: readonly string[], caller: Link | undefined): void {
    const own = identity(home)
    this.#seen.add(own)
    if (caller === undefined) return
    if (above.includes(own)) {
      throw invalid(
        caller.place,
        `\`${caller.uses}\` calls itself.`,
        'Take one of the calls out of the circle.',
      )
    }
    if (above.length >= LEVELS) {
      throw invalid(
        caller.place,
        `workflows are nested more than ${LEVELS} levels deep.`,
        'Call the innermost workflow from further up.',
      )
    }
    if (this.#seen.size > FILES + 1) {
      throw invalid(caller.place, `more than ${FILES} workflows are called.`, 'Call fewer.')
    }
  }

  /** Files of the rehearsed repository by their path, others with their repository in front. */
  #shown(home: Home): string {
    const own = home.repository.toLowerCase() === this.#options.home.repository.toLowerCase()
    return own ? home.workflow : `${home.repository}/${home.workflow}`
  }
}

function identity(home: Home): string {
  return `${home.repository.toLowerCase()}/${home.workflow}`
}

async function readFile(home: Home, caller: Link | undefined): Promise<string> {
  try {
    const workspace = await openWorkspace(home.folder)
    return await workspace.readText(home.workflow, FILE_LIMIT)
  } catch (cause) {
    if (!isSluiceError(cause)) throw cause
    throw missing(home, cause, caller?.from)
  }
}

function missing(home: Home, cause: SluiceError, place: Place | undefined): SluiceError {
  const from = place === undefined ? '' : `${where(place)}: `
  return new SluiceError(
    'WORKFLOW_MISSING',
    `${from}${home.repository} has no readable \`${home.workflow}\` in ${home.folder}: ${cause.message}`,
    {
      remedy: 'Correct the name, or the folder that stands for the repository.',
      cause,
      ...(place === undefined ? {} : { at: place }),
    },
  )
}
