import { isSluiceError } from '@sluice/errors'
import type { SqlBatch } from '../engine.js'
import { cellOf, exactJson } from './cells.js'
import type { ServerColumn } from './columns.js'
import type { Faults } from './faults.js'
import type { EngineFetch, EngineLimits } from './options.js'

/** Milliseconds that a server has to take note that nobody waits for an answer any more. */
const CANCEL_TIME = 5000
/** Milliseconds before a statement is posted once more to a server that was busy; statements only read. */
const BUSY_PAUSES = [250, 1000, 4000]
const BUSY = new Set([429, 502, 503, 504])
/** Bytes of a failure's body that are read for the engine's words. */
const WORDS_BYTES = 64 * 1024

/** The engine's own words in the body of a failure; undefined when it is not the engine that speaks. */
export type Words = (body: string) => string | undefined

export interface ExchangeOptions {
  /** The only origin that anything is sent to. */
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  /** Repeats what is no POST by itself. */
  readonly fetch: EngineFetch
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  readonly limits: EngineLimits
  readonly faults: Faults
  /** Aborted when the engine is closed, or the run ends. */
  readonly signal: AbortSignal
}

/**
 * All requests of one statement: one origin, no redirect, one time and one size for all of them together.
 * Every failure is one of the codes of `Faults`; an abort from outside keeps its reason.
 */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #deadline: AbortSignal
  readonly signal: AbortSignal
  #bytes = 0
  #rows = 0

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#deadline = AbortSignal.timeout(options.limits.time)
    this.signal = AbortSignal.any([options.signal, this.#deadline])
  }

  /**
   * A JSON answer. Whole numbers beyond 2^53 are their text.
   * @param words finds the engine's own words in what it answers to a request that failed
   * @throws SluiceError ENGINE_UNREACHABLE, _TIMEOUT, _REFUSED, _FAILED, _ELSEWHERE, _ANSWER_MALFORMED, _ANSWER_TOO_LARGE
   */
  async json(url: URL, init: RequestInit, words: Words): Promise<unknown> {
    const response = await this.send(url, init, words)
    try {
      return exactJson(await this.text(response))
    } catch (error) {
      if (isSluiceError(error) || this.signal.aborted) throw error
      throw this.#options.faults.malformed('it is no JSON, or breaks off')
    }
  }

  /** The response to a request that went well. @throws SluiceError as `json` */
  async send(url: URL, init: RequestInit, words: Words): Promise<Response> {
    const { origin, faults } = this.#options
    if (url.origin !== origin) throw faults.elsewhere(url.host)
    const response = await this.watched(() => this.#sent(url, init))
    const { status } = response
    if (status >= 200 && status < 300) return response
    if (status >= 300 && status < 400) {
      await response.body?.cancel()
      throw faults.elsewhere(targetOf(response, url))
    }
    const said = words(await this.#beginning(response))
    if (status === 401 || status === 403 || status === 407) throw faults.refused(status, said)
    throw said === undefined ? faults.unreachable(`answered ${status}`) : faults.failed(said)
  }

  /** The body's chunks, counted. */
  async *chunks(response: Response): AsyncGenerator<Uint8Array> {
    const { limits, faults } = this.#options
    const reader = response.body?.getReader()
    try {
      while (reader !== undefined) {
        const { done, value } = await this.watched(() => reader.read())
        if (done) return
        this.#bytes += value.byteLength
        if (this.#bytes > limits.answer) throw faults.tooLarge(`${limits.answer} bytes`)
        yield value
      }
    } finally {
      await reader?.cancel().catch(() => {})
    }
  }

  async text(response: Response): Promise<string> {
    const parts: Uint8Array[] = []
    for await (const part of this.chunks(response)) parts.push(part)
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  }

  /**
   * Rows of an answer as what their columns say they are.
   * @throws SluiceError ENGINE_ANSWER_TOO_LARGE beyond the limit of a statement's rows, ENGINE_ANSWER_MALFORMED
   */
  rows(data: readonly (readonly unknown[])[], columns: readonly ServerColumn[]): SqlBatch {
    const { limits, faults } = this.#options
    this.#rows += data.length
    if (this.#rows > limits.rows) throw faults.tooLarge(`${limits.rows} rows`)
    return data.map((row) => {
      if (row.length !== columns.length) throw faults.malformed('its rows do not fit its columns')
      return row.map((value, i) => {
        const { cells } = columns[i]!
        const cell = cellOf(value, cells)
        if (cell === undefined) throw faults.malformed(`a cell of column ${i + 1} is no ${cells}`)
        return cell
      })
    })
  }

  /** Tells the server that nobody waits any more. It may have ended by itself, so no answer is an error. */
  async cancel(url: URL, init: RequestInit): Promise<void> {
    const { origin, headers, fetch } = this.#options
    if (url.origin !== origin) return
    try {
      const signal = AbortSignal.timeout(CANCEL_TIME)
      const response = await fetch(url, { ...init, headers: { ...headers }, redirect: 'manual', signal })
      await response.body?.cancel()
    } catch {}
  }

  /** Gives a failure of the network its code. */
  async watched<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.signal.throwIfAborted()
      return await work()
    } catch (cause) {
      throw this.codeOf(cause)
    }
  }

  /** What an error of the network is to the user; the reason when the run was ended. */
  codeOf(cause: unknown): unknown {
    const { signal, faults, limits } = this.#options
    if (signal.aborted) return signal.reason
    if (this.#deadline.aborted) {
      return faults.late(`gave no whole answer within ${Math.round(limits.time / 1000)} s`)
    }
    if (isSluiceError(cause) && !/^(NETWORK|HTTP)_/.test(cause.code)) return cause
    if (isSluiceError(cause) && cause.code === 'NETWORK_TIMEOUT') return faults.late('stopped answering')
    return faults.unreachable('cannot be reached, or cut its answer short', cause)
  }

  async #sent(url: URL, init: RequestInit): Promise<Response> {
    const { headers, fetch, sleep } = this.#options
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(url, {
        ...init,
        headers: merged(headers, init.headers),
        redirect: 'manual',
        signal: this.signal,
      })
      const pause = BUSY_PAUSES[attempt]
      if (init.method !== 'POST' || !BUSY.has(response.status) || pause === undefined) return response
      await response.body?.cancel()
      await sleep(pause, this.signal)
    }
  }

  /** As much of a failure's body as holds the engine's words. */
  async #beginning(response: Response): Promise<string> {
    let text = ''
    for await (const part of this.chunks(response)) {
      text += Buffer.from(part).toString('utf8')
      if (text.length > WORDS_BYTES) break
    }
    return text
  }
}

/** Finds words in a body of JSON. */
export function jsonWords(find: (body: unknown) => unknown): Words {
  return (body) => {
    try {
      const found = find(JSON.parse(body))
      return typeof found === 'string' && found !== '' ? found : undefined
    } catch {
      return undefined
    }
  }
}

function merged(always: Readonly<Record<string, string>>, once: RequestInit['headers']): Headers {
  const headers = new Headers(once)
  for (const [name, value] of Object.entries(always)) headers.set(name, value)
  return headers
}

function targetOf(response: Response, from: URL): string {
  const location = response.headers.get('location') ?? ''
  return URL.canParse(location, from.href) ? new URL(location, from).host : 'what is no address'
}
