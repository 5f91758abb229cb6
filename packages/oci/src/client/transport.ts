import { setTimeout as delay } from 'node:timers/promises'
import { isSluiceError, SluiceError } from '@sluice/errors'
import type { Authorizer } from './authorizer.js'
import { parseChallenges } from './challenge.js'
import { protocolFault } from './failure.js'
import { checkTarget } from './hosts.js'

/** `fetch`, as the platform has it. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** How long a registry is waited for. */
export interface Patience {
  /** Tries of one request or upload. */
  readonly attempts: number
  /** Milliseconds without a byte in either direction after which a request is given up. */
  readonly idle: number
  /** Milliseconds that all waiting between the tries of one request may take, whatever Retry-After asks. */
  readonly waiting: number
  /** Milliseconds before the second try; doubled each time, with jitter. */
  readonly first: number
}

export const PATIENCE: Patience = { attempts: 5, idle: 60_000, waiting: 300_000, first: 400 }

export interface Call {
  readonly method: string
  readonly url: URL
  /** Token scopes, as `repository:dev/x:pull`. */
  readonly scopes: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly length: number; readonly open: () => AsyncIterable<Uint8Array> }
  /** 1 for what must not simply be repeated, such as the closing PUT of an upload session. */
  readonly attempts?: number
}

/** A response, and the address it came from once redirects were followed. */
export interface Reply {
  readonly response: Response
  readonly url: URL
  /** The body; each wait for a chunk is bounded. */
  readonly body: AsyncIterable<Uint8Array>
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const REPEATABLE = new Set([408, 429, 500, 502, 503, 504])

/** Sends requests to one registry: authorised on its own origin only, redirected, repeated, never waiting for ever. */
export class Transport {
  readonly registry: URL
  readonly patience: Patience
  readonly #fetch: Fetch
  readonly #authorizer: Authorizer

  constructor(registry: URL, fetch: Fetch, authorizer: Authorizer, patience: Patience) {
    this.registry = registry
    this.patience = patience
    this.#fetch = fetch
    this.#authorizer = authorizer
  }

  /**
   * Sends a request. Any status but 401 is the caller's to judge.
   * @throws SluiceError OCI_UNREACHABLE, OCI_UNAUTHORIZED, OCI_REDIRECT_REFUSED; what the body's source throws
   */
  async send(call: Call): Promise<Reply> {
    const attempts = call.attempts ?? this.patience.attempts
    let waited = 0
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(call)
      const last = attempt >= attempts
      if ('response' in outcome && (last || !REPEATABLE.has(outcome.response.status))) return outcome
      const asked = 'response' in outcome ? retryAfter(outcome.response) : undefined
      const pause = asked ?? this.backoff(attempt)
      if ('error' in outcome && (last || waited + pause > this.patience.waiting))
        throw this.unreachable(outcome.error)
      if ('response' in outcome) {
        if (waited + pause > this.patience.waiting) return outcome
        await outcome.response.body?.cancel()
      }
      waited += pause
      await delay(pause)
    }
  }

  /** Milliseconds before try `attempt + 1`: doubled each time, between half and the whole of it. */
  backoff(attempt: number): number {
    return this.patience.first * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
  }

  unreachable(cause: unknown): SluiceError {
    return new SluiceError('OCI_UNREACHABLE', `${this.registry.host} does not answer, or breaks off.`, {
      kind: 'surroundings',
      cause,
      remedy: 'Check the address, the network and whether the registry is up; then run it again.',
    })
  }

  async explain(): Promise<string> {
    return await this.#authorizer.explain()
  }

  async #try(call: Call): Promise<Reply | { readonly error: unknown }> {
    try {
      return await this.#authorised(call)
    } catch (error) {
      // A `fetch` that repeats by itself says so by these codes; repeating its repetitions would only take longer.
      if (isSluiceError(error) && error.code.startsWith('NETWORK_')) throw this.unreachable(error)
      // What Sluice itself decided (a wrong digest, a refused redirect) does not get better by repeating.
      if (isSluiceError(error) || isInterruption(error)) throw error
      return { error }
    }
  }

  async #authorised(call: Call): Promise<Reply> {
    const header = await this.#authorizer.header(call.scopes)
    const reply = await this.#redirected(call, header)
    if (reply.response.status !== 401 || reply.url.origin !== this.registry.origin) return reply
    const challenges = parseChallenges(reply.response.headers.get('www-authenticate') ?? '')
    const next = await this.#authorizer.answer(challenges, call.scopes, header)
    if (next === undefined) return reply
    await reply.response.body?.cancel()
    return await this.#redirected(call, next)
  }

  async #redirected(call: Call, authorization: string | undefined): Promise<Reply> {
    let { url } = call
    for (let hops = 0; hops <= 5; hops++) {
      checkTarget(this.registry, url)
      const reply = await this.#once(
        call,
        url,
        url.origin === this.registry.origin ? authorization : undefined,
      )
      const { response } = reply
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
      if (location === null) return reply
      await response.body?.cancel()
      const keepsMethod =
        response.status === 307 || response.status === 308 || call.method === 'GET' || call.method === 'HEAD'
      const next = URL.parse(location, url.href)
      if (!keepsMethod || next === null)
        throw protocolFault(this.registry.host, `redirects a ${call.method} in a way that cannot be followed`)
      url = next
    }
    throw protocolFault(this.registry.host, 'redirects more than five times')
  }

  async #once(call: Call, url: URL, authorization: string | undefined): Promise<Reply> {
    const abort = new AbortController()
    const watch = new Watch(this.patience.idle, abort)
    let failure: { readonly error: unknown } | undefined
    const { body } = call
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body!.open()) {
          watch.touch()
          yield chunk
          watch.touch()
        }
      } catch (error) {
        failure = { error }
        throw error
      }
    }
    const headers: Record<string, string> = { 'accept-encoding': 'identity', ...call.headers }
    if (authorization !== undefined) headers['authorization'] = authorization
    if (body !== undefined) headers['content-length'] = String(body.length)
    const init: RequestInit & { duplex?: 'half' } = {
      method: call.method,
      headers,
      redirect: 'manual',
      signal: abort.signal,
    }
    if (body !== undefined && body.length > 0)
      Object.assign(init, { body: ReadableStream.from(watched()), duplex: 'half' })
    try {
      const response = await this.#fetch(url, init)
      return { response, url, body: watch.over(response.body) }
    } catch (error) {
      if (failure !== undefined) throw failure.error
      throw error
    } finally {
      watch.pause()
    }
  }
}

/** Whether the run was told to stop, as opposed to a request that failed or was given up. */
export function isInterruption(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** Aborts a request in which nothing has moved for a while. */
class Watch {
  readonly #idle: number
  readonly #abort: AbortController
  #timer: NodeJS.Timeout | undefined

  constructor(idle: number, abort: AbortController) {
    this.#idle = idle
    this.#abort = abort
    this.touch()
  }

  touch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => this.#abort.abort(new Error(`nothing moved for ${this.#idle} ms`)),
      this.#idle,
    )
  }

  pause(): void {
    clearTimeout(this.#timer)
  }

  /** Only the waits for the sender count, not the time the reader takes. */
  async *over(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
    if (body === null) return
    const reader = body.getReader()
    try {
      for (;;) {
        this.touch()
        const { done, value } = await reader.read()
        this.pause()
        if (done) return
        yield value
      }
    } finally {
      this.pause()
      await reader.cancel().catch(() => undefined)
    }
  }
}

/** Retry-After in seconds or as a date (RFC 9110, section 10.2.3), in milliseconds from now. */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
