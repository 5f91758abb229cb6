import { SluiceError } from '@sluice/errors'
import { PROJECT } from '@sluice/verdict'
import type { Clock, Fetch, Log } from '../context.js'
import { watchedBody } from './body.js'
import { shownUrl, timedOut, unreachable } from './errors.js'
import { follow, type Outgoing, redirectTarget, refused, tooManyRedirects } from './redirect.js'
import { isRepeatable, isReplayable, isTransientFailure, isTransientStatus, waitBefore } from './retry.js'

export interface Limits {
  /** Repetitions of a request after the first attempt. */
  readonly retries: number
  readonly redirects: number
  /** Milliseconds without a byte after which a server is given up. */
  readonly stall: number
  /** Milliseconds from the call to the last answer's headers, waits included; not for streamed bodies. */
  readonly deadline: number
}

const LIMITS: Limits = { retries: 3, redirects: 10, stall: 60_000, deadline: 300_000 }
/** Bytes a millisecond that a connection is expected to carry at least, when a body is sent. */
const SLOWEST = 50

/** What the client needs of its surroundings. */
export interface ClientOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  readonly limits?: Partial<Limits>
  /** In [0, 1). */
  readonly random?: () => number
}

/**
 * A `fetch` that repeats what may be repeated, gives up in time, and keeps credentials on their server.
 * Idempotent requests are repeated on 408, 429, 5xx and failed connections; what stays is returned, or thrown as
 * NETWORK_UNREACHABLE, NETWORK_TIMEOUT. Redirects are followed unless `init.redirect` is `manual` or `error`
 * (HTTP_REDIRECT_REFUSED, HTTP_TOO_MANY_REDIRECTS). A body that stalls or ends early throws NETWORK_TIMEOUT or
 * NETWORK_CUT from its reader. An abort rejects with the signal's reason; a request that begins after the process
 * was signalled is sent, since it belongs to clearing up.
 */
export function createFetch(options: ClientOptions): Fetch {
  const limits = { ...LIMITS, ...options.limits }
  return async (address, init = {}) => {
    let request = outgoing(address, init)
    const signal = AbortSignal.any([...under(options.signal), ...(init.signal ? [init.signal] : [])])
    const until = options.clock.now().getTime() + (isReplayable(request.body) ? limits.deadline : Infinity)
    for (let redirects = 0; ; redirects++) {
      const call = new Call(request, signal, until, limits, options)
      const response = await call.send()
      if (init.redirect === 'manual') return response
      const target = redirectTarget(response, request.url)
      if (target === undefined) return response
      await response.body?.cancel()
      if (init.redirect === 'error') throw refused(request.url, `to ${target.host}`)
      if (redirects === limits.redirects) throw tooManyRedirects(request.url, limits.redirects)
      request = follow(request, response.status, target)
    }
  }
}

/** One request and its repetitions. */
class Call {
  readonly #request: Outgoing
  readonly #signal: AbortSignal
  readonly #until: number
  readonly #limits: Limits
  readonly #options: ClientOptions

  constructor(request: Outgoing, signal: AbortSignal, until: number, limits: Limits, options: ClientOptions) {
    this.#request = request
    this.#signal = signal
    this.#until = until
    this.#limits = limits
    this.#options = options
  }

  async send(): Promise<Response> {
    const { url, method, body } = this.#request
    const attempts = isRepeatable(method, body) ? this.#limits.retries + 1 : 1
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt()
      if ('response' in result) {
        const { response } = result
        if (!isTransientStatus(response.status) || attempt === attempts) return response
        if (
          !(await this.#wait(attempt, response.headers.get('retry-after'), `answered ${response.status}`))
        ) {
          return response
        }
        await response.body?.cancel()
      } else {
        if (!result.transient || attempt === attempts) throw result.error
        if (!(await this.#wait(attempt, null, 'did not answer'))) throw result.error
      }
      this.#options.log.debug(`Attempt ${attempt + 1} of ${attempts} at ${shownUrl(url)}.`)
    }
  }

  async #attempt(): Promise<{ response: Response } | { error: unknown; transient: boolean }> {
    const { url, method, headers, body } = this.#request
    const controller = new AbortController()
    const patience = Math.min(this.#limits.stall + sizeOf(body) / SLOWEST, this.#remaining())
    const timer =
      Number.isFinite(patience) && isReplayable(body)
        ? setTimeout(() => controller.abort(), patience)
        : undefined
    try {
      const response = await fetch(url, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, controller.signal]),
        ...(body === undefined || body === null ? {} : { body }),
        ...(isReplayable(body) ? {} : { duplex: 'half' }),
      } as RequestInit)
      return { response: watchedBody(response, url, controller, this.#signal, this.#limits.stall) }
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason
      if (controller.signal.aborted) return { error: timedOut(url, patience, error), transient: true }
      return { error: unreachable(url, error), transient: isTransientFailure(error) }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits for the next attempt; false when the deadline comes first. */
  async #wait(attempt: number, retryAfter: string | null, happened: string): Promise<boolean> {
    const { clock, log, random = Math.random } = this.#options
    const milliseconds = waitBefore(attempt, retryAfter, clock.now(), random)
    if (milliseconds >= this.#remaining()) return false
    log.debug(`${shownUrl(this.#request.url)} ${happened}; next attempt in ${milliseconds} ms.`)
    await clock.sleep(milliseconds, this.#signal)
    return true
  }

  #remaining(): number {
    return Math.max(1, this.#until - this.#options.clock.now().getTime())
  }
}

function under(signal: AbortSignal): AbortSignal[] {
  return signal.aborted ? [] : [signal]
}

function outgoing(address: string | URL, init: RequestInit): Outgoing {
  const url = URL.canParse(String(address)) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SluiceError('HTTP_URL_INVALID', 'An address is not an http or https URL.', {
      remedy: 'Write it as `https://<host>/<path>`.',
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw new SluiceError('HTTP_URL_INVALID', `The address of ${url.host} holds a user name or password.`, {
      remedy: 'Take them out of the address, and give them where the action asks for credentials.',
    })
  }
  const headers = new Headers(init.headers)
  if (!headers.has('user-agent')) headers.set('user-agent', `sluice/${PROJECT.version}`)
  return { url, method: (init.method ?? 'GET').toUpperCase(), headers, body: init.body }
}

function sizeOf(body: RequestInit['body']): number {
  if (typeof body === 'string') return body.length
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength
  return body instanceof Blob ? body.size : 0
}
