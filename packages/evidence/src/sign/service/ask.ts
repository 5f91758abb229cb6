import { setTimeout as pauseFor } from 'node:timers/promises'
import { isSluiceError } from '@sluice/errors'

/** What signing needs of the network. */
export type SigningFetch = (url: string, init: RequestInit) => Promise<Response>

/** How services are reached. */
export interface Reach {
  readonly fetch: SigningFetch
  /**
   * Milliseconds in which a service has answered in full or has failed; 20 s by default, since a log of version 2
   * answers only once a checkpoint holds the entry (rekor-tiles CLIENTS.md).
   */
  readonly patience?: number
  /** Waits before an attempt is repeated; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
  /** Ids of the logs that the trusted root names. */
  readonly logIds?: readonly Buffer[]
}

export interface Question {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** Bytes of the answer that are read at most. */
  readonly limit: number
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** That a service did not answer; `how` completes `<host> …` and holds nothing that was sent or received. */
export class Unanswered extends Error {
  constructor(
    readonly how: string,
    readonly passing: boolean,
  ) {
    super(how)
  }
}

const PATIENCE = 20_000
const ATTEMPTS = 3
const WAIT = 500
const LONGEST_WAIT = 20_000

/**
 * Asks a service, the very same bytes again where that may help: after a timeout, a cut connection, HTTP 408, 429 or 5xx.
 * A redirect is refused, since what is sent holds identity tokens.
 * @returns the answer, whatever its status, if it is not one of a redirect or one that may pass
 * @throws Unanswered
 */
export async function ask(question: Question, reach: Reach): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    let wait = WAIT * 2 ** (attempt - 1)
    try {
      const answer = await once(question, reach)
      if (!isPassing(answer.status)) return answer
      if (attempt === ATTEMPTS) throw new Unanswered(`answered HTTP ${answer.status}`, false)
      wait = Math.max(wait, secondsIn(answer.headers.get('retry-after')) * 1000)
    } catch (error) {
      if (!(error instanceof Unanswered) || !error.passing || attempt === ATTEMPTS) throw error
    }
    await (reach.pause ?? pauseFor)(Math.min(wait, LONGEST_WAIT))
  }
}

async function once({ url, method, headers, body, limit }: Question, reach: Reach): Promise<Answer> {
  const { fetch, patience = PATIENCE } = reach
  const signal = AbortSignal.timeout(patience)
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    })
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel()
      throw new Unanswered('redirects to elsewhere, which is not followed', false)
    }
    return { status: response.status, headers: response.headers, body: await readAll(response, limit) }
  } catch (error) {
    if (error instanceof Unanswered) throw error
    if (signal.aborted) throw new Unanswered(`gave no whole answer within ${patience / 1000} s`, true)
    // What ends the run, such as an interrupt, is no failure of the service.
    if (error instanceof Error && error.name === 'AbortError') throw error
    if (isSluiceError(error) && !/^(NETWORK|HTTP)_/.test(error.code)) throw error
    const code = codeOf(error)
    throw new Unanswered(
      `could not be reached${code === undefined ? '' : ` (${code})`}`,
      !isCertificate(code),
    )
  }
}

async function readAll(response: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw new Unanswered(`answered with more than ${limit} bytes`, false)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

function secondsIn(header: string | null): number {
  return header !== null && /^\d{1,4}$/.test(header) ? Number(header) : 0
}

/** The innermost code of a failure, such as `ECONNREFUSED`; never a library's text, which may quote what was sent. */
function codeOf(error: unknown): string | undefined {
  let found: string | undefined
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(at.code)) found = at.code
  }
  return found
}

function isCertificate(code: string | undefined): boolean {
  return /CERT|TLS|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code ?? '')
}

/** A service's base URL without a final slash, to which paths are added. */
export function base(url: string): string {
  return url.replace(/\/+$/, '')
}

/** The host of a URL that a person set, for a message. */
export function host(url: string): string {
  return URL.canParse(url) ? new URL(url).host : JSON.stringify(url.slice(0, 200))
}
