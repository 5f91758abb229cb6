import { SluiceError } from '@sluice/errors'
import type { Clock, Fetch, Log } from '../context.js'

/** What the client needs of its surroundings. */
export interface ClientOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
}

/** A `fetch` whose network errors are coded. */
export function createFetch(options: ClientOptions): Fetch {
  return async (url, init) => {
    try {
      return await fetch(url, { signal: options.signal, ...init })
    } catch (cause) {
      throw new SluiceError('NETWORK_UNREACHABLE', `${new URL(url).host} cannot be reached.`, {
        remedy: 'Check the address and the network, then run again.',
        kind: 'surroundings',
        cause,
      })
    }
  }
}
