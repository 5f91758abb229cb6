/** The two sides of a rollout: what serves now, and what wants to. */
export const ARMS = ['stable', 'canary'] as const
export type Arm = (typeof ARMS)[number]

/** Absolute weights of the two servers, whole numbers from 0 to 256. */
export interface Weights {
  readonly stable: number
  readonly canary: number
}

/** Whether a server takes the traffic that its weight promises: only `ready` does. */
export type Condition = 'ready' | 'draining' | 'maintenance' | 'down'

export interface ServerState {
  readonly weight: number
  readonly condition: Condition
}

/** What the balancer says about the pool, read back in one answer. */
export interface TrafficState {
  readonly stable: ServerState
  readonly canary: ServerState
  /** Names of further servers in the pool that take traffic; the share of the canary counts them out. */
  readonly others: readonly string[]
}

/** One traffic provider. A write is a request; only a read tells what is true. */
export interface Traffic {
  /** For people: `haproxy models at 127.0.0.1:9999`. */
  readonly name: string
  read(signal?: AbortSignal): Promise<TrafficState>
  /** Raises before it lowers, so that the pool is never without weight on the way. */
  write(weights: Weights, signal?: AbortSignal): Promise<void>
}

/** The canary's part of the traffic, 0 to 1; 0 when nothing has weight. */
export function shareOf(weights: Weights): number {
  const total = weights.stable + weights.canary
  return total === 0 ? 0 : weights.canary / total
}

export function weightsOf(state: TrafficState): Weights {
  return { stable: state.stable.weight, canary: state.canary.weight }
}

export function sameWeights(a: Weights, b: Weights): boolean {
  return a.stable === b.stable && a.canary === b.canary
}
