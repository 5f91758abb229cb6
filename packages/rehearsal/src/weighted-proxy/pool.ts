/** What `set server … state` knows. */
export type ServerMode = 'ready' | 'drain' | 'maint'

export interface PoolServer {
  readonly name: string
  readonly url: URL
  readonly initial: number
  weight: number
  mode: ServerMode
  /** Requests sent to it. */
  served: number
  /** Milliseconds since 1970 of the last change of mode. */
  changedAt: number
}

export interface Pool {
  readonly backend: string
  readonly servers: readonly PoolServer[]
}

/** Chooses a server at random in proportion to the weights of those that are ready, as `balance random` does. */
export function choose(pool: Pool, random: () => number): PoolServer | undefined {
  const ready = pool.servers.filter((server) => server.mode === 'ready' && server.weight > 0)
  const total = ready.reduce((sum, server) => sum + server.weight, 0)
  let point = random() * total
  for (const server of ready) {
    point -= server.weight
    if (point < 0) return server
  }
  return ready.at(-1)
}

/** A seeded generator of numbers in [0, 1): mulberry32, 32 bits of state, enough for a choice of server. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
