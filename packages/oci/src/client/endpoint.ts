import { tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { collect } from '../verified.js'
import { failure, protocolFault } from './failure.js'
import { nextPage } from './link.js'
import { type Call, isInterruption, type Reply, type Transport } from './transport.js'

/** One repository's part of the API: addresses, token scopes and errors under its name. */
export class Endpoint {
  readonly transport: Transport
  /** As on the registry: `dev/flights`. */
  readonly repository: string
  /** As in a reference: `host/dev/flights`. */
  readonly name: string

  constructor(transport: Transport, host: string, repository: string) {
    this.transport = transport
    this.repository = repository
    this.name = `${host}/${repository}`
  }

  get pull(): readonly string[] {
    return [`repository:${this.repository}:pull`]
  }

  get push(): readonly string[] {
    return [`repository:${this.repository}:pull,push`]
  }

  get remove(): readonly string[] {
    return [`repository:${this.repository}:pull,push,delete`]
  }

  url(path: string): URL {
    return new URL(`/v2/${this.repository}/${path}`, this.transport.registry)
  }

  /** Sends a call, and turns any status but the expected ones into its error. */
  async send(call: Call, expected: readonly number[], doing: string): Promise<Reply> {
    const reply = await this.transport.send(call)
    if (expected.includes(reply.response.status)) return reply
    throw await this.failure(reply, doing)
  }

  async failure(reply: Reply, doing: string): Promise<Error> {
    return await failure(reply, this.name, doing, () => this.transport.explain())
  }

  /** Reads a small body whole, and again from the start when the connection breaks. */
  async read(
    call: Call,
    expected: readonly number[],
    limit: number,
    doing: string,
  ): Promise<Reply & { readonly bytes: Uint8Array }> {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.send(call, expected, doing)
      const failed: { error?: unknown } = {}
      try {
        return { ...reply, bytes: await collect(guarded(reply.body, failed), limit, doing, this.name) }
      } catch (error) {
        if (failed.error === undefined || isInterruption(failed.error)) throw error
        if (attempt >= this.transport.patience.attempts) throw this.transport.unreachable(error)
      }
    }
  }

  /** All pages of a list, one parsed body after the other. */
  async *pages(
    first: URL,
    accept: string,
    doing: string,
  ): AsyncGenerator<{ readonly status: number; readonly bytes: Uint8Array; readonly type: string }> {
    let url: URL | undefined = first
    for (let page = 0; url !== undefined; page++) {
      if (page >= LIMITS.pages) throw tooLarge(this.name, `The list of pages to ${doing}`, LIMITS.pages)
      const call: Call = { method: 'GET', url, scopes: this.pull, headers: { accept } }
      const { response, bytes, url: from } = await this.read(call, LISTING, LIMITS.listing, doing)
      yield { status: response.status, bytes, type: response.headers.get('content-type') ?? '' }
      url = response.status === 200 ? nextPage(response.headers.get('link'), from) : undefined
    }
  }

  protocol(what: string): Error {
    return protocolFault(this.name, what)
  }
}

/** Answers that mean "no such list", or "no such API" (registries differ; each has been seen). */
const LISTING = [200, 400, 404, 405, 406, 424, 501]

async function* guarded(
  body: AsyncIterable<Uint8Array>,
  failed: { error?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    failed.error = error
    throw error
  }
}
