import type { Conclusion, Contexts, JobResult, Value } from '../contract.js'
import { at, invalid } from '../plan/refusals.js'
import type { Job, Workflow } from '../plan/workflow.js'
import { evaluateDeep } from './evaluate.js'
import { failedJob } from './failure.js'
import { Limiter } from './limiter.js'
import { type Combination, expandMatrix, matrixName } from './matrix.js'
import { runCall } from './run-call.js'
import { type Instance, runStepsJob } from './run-steps-job.js'
import { type Scope, type Shared, scopeContexts } from './shared.js'
import { ancestorsOf, mergeOutputs, type Outcome, statusOf, together } from './status.js'

/** A canceled run gives jobs with `always()` so long (docs, canceling a workflow run). */
const GRACE_MILLISECONDS = 5 * 60_000

/** Runs the jobs of a workflow, each when those it needs have ended, and maps its outputs. Never throws for a job. */
export async function runWorkflow(shared: Shared, workflow: Workflow, scope: Scope): Promise<Outcome> {
  const outcomes = new Map<string, Promise<Outcome>>()
  const outcomeOf = (id: string): Promise<Outcome> => {
    const known = outcomes.get(id)
    if (known) return known
    const outcome = new Node(shared, workflow, scope, workflow.jobs.get(id)!, outcomeOf).run()
    outcomes.set(id, outcome)
    return outcome
  }
  const ids = [...workflow.jobs.keys()]
  const ended = await Promise.all(ids.map(outcomeOf))
  const jobs = Object.fromEntries(ids.map((id, index) => [id, { ...ended[index]! }]))
  const contexts = { ...scopeContexts(shared, scope), jobs }
  const declared = workflow.triggers.get('workflow_call')
  const outputs = Object.entries(declared?.outputs ?? {}).map(([name, template]) => [
    name,
    at(declared!.place, () => shared.expressions.interpolate(template, contexts)),
  ])
  return { result: together(ended.map(({ result }) => result)), outputs: Object.fromEntries(outputs) }
}

class Node {
  readonly #shared: Shared
  readonly #workflow: Workflow
  readonly #scope: Scope
  readonly #job: Job
  readonly #outcomeOf: (id: string) => Promise<Outcome>

  constructor(
    shared: Shared,
    workflow: Workflow,
    scope: Scope,
    job: Job,
    outcomeOf: (id: string) => Promise<Outcome>,
  ) {
    this.#shared = shared
    this.#workflow = workflow
    this.#scope = scope
    this.#job = job
    this.#outcomeOf = outcomeOf
  }

  async run(): Promise<Outcome> {
    const { expressions } = this.#shared
    const job = this.#job
    const needs = Object.fromEntries(
      await Promise.all(job.needs.map(async (id) => [id, { ...(await this.#outcomeOf(id)) }] as const)),
    )
    const contexts: Contexts = { ...scopeContexts(this.#shared, this.#scope), needs }
    const plain = this.#scope.name + (job.name ?? job.id)
    const key = this.#scope.key + job.id
    try {
      const cancelled = this.#scope.signal.aborted
      const results = await this.#ancestors()
      const status = statusOf(results, cancelled)
      const goes = at(job.place, () => expressions.holds(job.if, contexts, status))
      if (!goes) {
        const conclusion = cancelled && job.if === undefined ? 'cancelled' : 'skipped'
        return this.#ended(key, plain, { conclusion, outputs: {}, steps: [] }, 0)
      }
      const signal = cancelled ? AbortSignal.timeout(GRACE_MILLISECONDS) : this.#scope.signal
      return await this.#instances(contexts, signal)
    } catch (error) {
      return this.#ended(key, plain, failedJob(error, job.place), 0)
    }
  }

  async #ancestors(): Promise<Conclusion[]> {
    const ids = ancestorsOf(this.#job.id, (id) => this.#workflow.jobs.get(id)!.needs)
    return (await Promise.all(ids.map(this.#outcomeOf))).map(({ result }) => result)
  }

  async #instances(contexts: Contexts, signal: AbortSignal): Promise<Outcome> {
    const { expressions } = this.#shared
    const { strategy, place } = this.#job
    const matrix = strategy?.matrix
    const combinations: readonly (Combination | undefined)[] =
      matrix === undefined
        ? [undefined]
        : at(place, () => expandMatrix(evaluateDeep(expressions, matrix, contexts)))
    const read = (template: string): Value => at(place, () => expressions.evaluate(template, contexts))
    const failFast = String(read(strategy?.failFast ?? 'true')) === 'true'
    const maxParallel = Number(strategy?.maxParallel ? read(strategy.maxParallel) : combinations.length)
    if (!(maxParallel >= 1))
      throw invalid(strategy!.place, '`max-parallel` is no number of at least 1.', 'Correct it.')
    const limiter = new Limiter(Math.floor(maxParallel))
    const stop = new AbortController()
    const shared = { 'fail-fast': failFast, 'job-total': combinations.length, 'max-parallel': maxParallel }
    const ended: Outcome[] = []
    await Promise.all(
      combinations.map((combination, index) =>
        limiter.run(async () => {
          const instance: Instance = {
            ...this.#named(contexts, combination, index),
            contexts: {
              ...contexts,
              matrix: combination?.matrix ?? {},
              strategy: { ...shared, 'job-index': index },
            },
            signal: AbortSignal.any([signal, stop.signal]),
          }
          const outcome = await this.#one(instance)
          if (outcome.result === 'failure' && failFast) stop.abort()
          ended.push(outcome)
        }),
      ),
    )
    return {
      result: together(ended.map(({ result }) => result)),
      outputs: mergeOutputs(ended.map(({ outputs }) => outputs)),
    }
  }

  /** GitHub puts the matrix behind literal names only; a name with expressions says itself what it wants to. */
  #named(
    contexts: Contexts,
    combination: Combination | undefined,
    index: number,
  ): { key: string; name: string } {
    const { id, name, place } = this.#job
    const key = this.#scope.key + id + (combination === undefined ? '' : `[${index}]`)
    const seen = { ...contexts, matrix: combination?.matrix ?? {}, strategy: { 'job-index': index } }
    const own = name?.includes('${{')
      ? at(place, () => this.#shared.expressions.interpolate(name, seen))
      : matrixName(name ?? id, combination?.segments ?? [])
    return { key, name: this.#scope.name + own }
  }

  async #one(instance: Instance): Promise<Outcome> {
    const job = this.#job
    const began = performance.now()
    const passed = () => performance.now() - began
    if (instance.signal.aborted) {
      return this.#ended(instance.key, instance.name, { conclusion: 'cancelled', outputs: {}, steps: [] }, 0)
    }
    if (job.kind === 'call') {
      const called = await runCall(this.#shared, this.#scope, job, instance, runWorkflow)
      if (called.result) return this.#ended(instance.key, instance.name, called.result, passed())
      return { result: called.conclusion, outputs: called.outputs }
    }
    const result = await runStepsJob(this.#shared, this.#workflow, this.#scope, job, instance)
    const outcome = this.#ended(instance.key, instance.name, result, passed())
    const forgiven = outcome.result === 'failure' && this.#forgives(instance.contexts)
    return forgiven ? { ...outcome, result: 'success' } : outcome
  }

  #forgives(contexts: Contexts): boolean {
    const job = this.#job
    return (
      job.kind === 'steps' && this.#shared.expressions.interpolate(job.continueOnError, contexts) === 'true'
    )
  }

  #ended(key: string, name: string, result: JobResult, milliseconds: number): Outcome {
    this.#shared.events({ kind: 'job-ended', key, name, result, milliseconds })
    this.#shared.finished.push({ key, name, result, milliseconds })
    return { result: result.conclusion, outputs: result.outputs }
  }
}
