import { isSluiceError, SluiceError } from '@sluice/errors'
import { advanceBook, type CounterBook, openBook } from './metrics/counters.js'
import type { ArmReading } from './metrics/shape.js'
import type { Metrics, Reading } from './metrics/source.js'
import type { Entry, Outcome, RolloutOutcome } from './outcome.js'
import { FULL, type Plan } from './plan/plan.js'
import { type Cause, type Decision, type Event, initialState, reduce, type State } from './plan/reducer.js'
import { checkCounted, checkStart } from './preflight.js'
import { restore } from './restore.js'
import { shift } from './traffic/shift.js'
import { type Traffic, type TrafficState, type Weights, weightsOf } from './traffic/traffic.js'

export interface RolloutClock {
  now(): Date
  /** Rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export interface RolloutOptions {
  readonly plan: Plan
  readonly traffic: Traffic
  readonly metrics: Metrics
  readonly clock: RolloutClock
  /** Aborting it rolls back at once. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Beyond this, the record keeps no more lines about waiting. */
const MAX_ENTRIES = 500

/**
 * Runs a rollout to its end: promoted, rolled back or held. Before the first weight moves, servers and metrics
 * must answer; after it, nothing is thrown any more: whatever goes wrong ends in the original weights, read back,
 * or in an outcome that says that they could not be restored.
 * @throws SluiceError TRAFFIC_…, METRICS_… when the rollout could not begin; nothing was moved then
 */
export async function runRollout(options: RolloutOptions): Promise<RolloutOutcome> {
  const { traffic, metrics, signal } = options
  signal.throwIfAborted()
  const before = await traffic.read(signal)
  checkStart(before)
  const reading = checkEdges(await metrics.read(signal))
  checkCounted(reading, options.plan.analysis.latencyEdges.length > 0)
  return new Run(options, weightsOf(before), reading).finish()
}

class Run {
  readonly #entries: Entry[] = []
  readonly #startedAt: Date
  #state: State
  #books: { stable: CounterBook; canary: CounterBook }

  constructor(
    private readonly options: RolloutOptions,
    private readonly original: Weights,
    first: Reading,
  ) {
    this.#startedAt = options.clock.now()
    this.#state = initialState(this.#startedAt.getTime())
    const at = this.#startedAt.getTime() / 1000
    this.#books = { stable: openBook(first.stable, at), canary: openBook(first.canary, at) }
    this.#note('start', `${options.traffic.name}; ${options.metrics.name}`, original)
  }

  async finish(): Promise<RolloutOutcome> {
    let decision: Decision = { do: 'shift', step: 0, because: 'first step' }
    for (;;) {
      try {
        if (decision.do === 'rollback') return await this.#rollBack(decision.cause, decision.because)
        if (decision.do === 'hold') return await this.#hold(decision.cause, decision.because)
        if (decision.do === 'promote') return await this.#promote(decision.because)
        decision = await this.#next(decision)
      } catch (error) {
        decision = this.#reduce(this.#eventOf(error))
      }
    }
  }

  /** Carries out a decision that does not end the rollout, and comes back with the next one. */
  async #next(decision: Decision & { do: 'shift' | 'wait' }): Promise<Decision> {
    const { plan, traffic, clock, signal } = this.options
    if (decision.do === 'shift') {
      const step = plan.steps[decision.step]!
      await shift(traffic, step.weights, signal)
      this.#note('shift', `${step.percent} %: ${decision.because}`, step.weights)
      return this.#reduce({ kind: 'shifted', at: this.#now(), step: decision.step })
    }
    await clock.sleep(plan.interval, signal)
    return this.#reduce(await this.#look())
  }

  /** One look at traffic and counters. Silent metrics are an observation; a silent balancer is a fault. */
  async #look(): Promise<Event> {
    const { traffic, metrics, signal } = this.options
    const [state, reading] = await Promise.all([
      traffic.read(signal),
      metrics.read(signal).then(checkEdges, (error: unknown) => {
        signal.throwIfAborted()
        if (isSluiceError(error) && error.kind === 'surroundings') return error
        throw error
      }),
    ])
    const at = this.#now()
    if (isSluiceError(reading)) return this.#silent(at, reading.message, state)
    const quiet = (['stable', 'canary'] as const).find((arm) => reading[arm].targets.size === 0)
    if (quiet) return this.#silent(at, `no series of the ${quiet} arm`, state)
    const edges = this.options.plan.analysis.latencyEdges.length
    const stable = advanceBook(this.#books.stable, reading.stable, edges)
    const canary = advanceBook(this.#books.canary, reading.canary, edges)
    this.#books = { stable: stable.book, canary: canary.book }
    const invalid = reading.stable.invalid + reading.canary.invalid
    if (invalid > 0) return this.#silent(at, `${invalid} series without a usable value`, state)
    return { kind: 'counted', at, stable: stable.counts, canary: canary.counts, traffic: state }
  }

  #silent(at: number, because: string, traffic: TrafficState): Event {
    return { kind: 'silent', at, because, traffic }
  }

  #reduce(event: Event): Decision {
    const { state, decision } = reduce(this.options.plan, this.#state, event)
    this.#state = state
    const unusual = event.kind === 'silent' || state.drifted > 0
    if (decision.do === 'wait' && unusual) this.#noteOnce(decision.because)
    return decision
  }

  #eventOf(error: unknown): Event {
    const at = this.#now()
    if (this.options.signal.aborted) return { kind: 'interrupted', at }
    return { kind: 'fault', at, because: describe(error) }
  }

  async #promote(because: string): Promise<RolloutOutcome> {
    const state = await shift(this.options.traffic, FULL, this.options.signal)
    this.#note('promote', because, FULL)
    return this.#end('promoted', 'complete', because, state)
  }

  /** Brings the original weights back whatever the signal says, for it is what asks for this. */
  async #rollBack(cause: Cause, because: string): Promise<RolloutOutcome> {
    this.#note('rollback', because, this.original)
    const restored = await restore(this.options.traffic, this.original, this.options.clock)
    if (restored.done) return this.#end('rolled-back', cause, because, restored.state)
    return this.#end('held', cause, because, undefined, restored.error)
  }

  async #hold(cause: Cause, because: string): Promise<RolloutOutcome> {
    this.#note('hold', because)
    const state = await this.options.traffic.read().catch(() => undefined)
    // Somebody may have taken the canary out by hand: then the rollout is rolled back, by them.
    const outcome = state?.canary.weight === 0 && state.stable.weight > 0 ? 'rolled-back' : 'held'
    return this.#end(outcome, cause, because, state)
  }

  #end(
    outcome: Outcome,
    cause: Cause,
    because: string,
    final: TrafficState | undefined,
    error?: SluiceError,
  ): RolloutOutcome {
    const { plan, traffic, metrics, clock } = this.options
    return {
      outcome,
      cause,
      because,
      plan,
      state: this.#state,
      startedAt: this.#startedAt.toISOString(),
      endedAt: clock.now().toISOString(),
      original: this.original,
      final,
      unrestored: error && { code: error.code, message: error.message },
      entries: this.#entries,
      traffic: traffic.name,
      metrics: metrics.name,
    }
  }

  /** Waiting is worth a line when its reason is new, and not without end: the record has a size. */
  #noteOnce(because: string): void {
    const last = this.#entries.at(-1)
    if (last?.event === 'wait' && last.because === because) return
    if (this.#entries.length < MAX_ENTRIES) this.#note('wait', because)
  }

  #note(event: Entry['event'], because: string, weights?: Weights): void {
    this.#entries.push({
      at: this.options.clock.now().toISOString(),
      event,
      because,
      ...(weights && { weights }),
    })
    this.options.log(`${event}: ${because}`)
  }

  #now(): number {
    return this.options.clock.now().getTime()
  }
}

/** @throws SluiceError METRICS_EDGE_MISSING when a histogram lacks a configured edge */
function checkEdges(reading: Reading): Reading {
  for (const arm of [reading.stable, reading.canary] satisfies ArmReading[]) {
    const [edge] = arm.missingEdges
    if (edge === undefined) continue
    throw new SluiceError(
      'METRICS_EDGE_MISSING',
      `The latency histogram has no bucket with the edge ${edge}; it has ${arm.knownEdges.join(', ')}.`,
      { remedy: 'Choose `rollout.analysis.latencyEdges` among the edges it has.' },
    )
  }
  return reading
}

function describe(error: unknown): string {
  if (isSluiceError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? error.message : 'an unknown fault'
}
