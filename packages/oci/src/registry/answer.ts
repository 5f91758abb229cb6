import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Headers = Readonly<Record<string, string | readonly string[]>>

/** What a handler decided: sent as it is. `length` is needed where `body` is a stream. */
export interface Answer {
  readonly status: number
  readonly headers?: Headers
  readonly body?: Uint8Array | { readonly length: number; readonly stream: () => AsyncIterable<Uint8Array> }
}

/** An error of the distribution API (distribution-spec 1.1, "Error Codes"). */
export class RegistryFault extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Headers

  constructor(status: number, code: string, message: string, headers: Headers = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }

  answer(): Answer {
    return json(this.status, { errors: [{ code: this.code, message: this.message }] }, this.headers)
  }
}

export function json(status: number, value: unknown, headers: Headers = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  }
}

/** Sends an answer; a HEAD gets the headers of the GET, length included. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const { body } = answer
  const length = body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : body.length
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (answer.status !== 204) response.setHeader('content-length', length)
  // What the client still sends is not wanted after a refusal; the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close')
  if (body === undefined || request.method === 'HEAD') {
    response.end()
  } else if (body instanceof Uint8Array) {
    response.end(body)
  } else {
    await pipeline(Readable.from(body.stream(), { objectMode: false }), response)
  }
}
