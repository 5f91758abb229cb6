import { codeOf } from './errors.js'

/** Methods that a server takes twice as once (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const PERMANENT = new Set([501, 505])

const BASE_MILLISECONDS = 500
const CAP_MILLISECONDS = 20_000
/** A server that asks for a longer wait is asked again after this one. */
export const RETRY_AFTER_CAP_MILLISECONDS = 60_000

/** Whether a request may be sent again: its method allows it, and its body is there a second time. */
export function isRepeatable(method: string, body: unknown): boolean {
  return IDEMPOTENT.has(method) && isReplayable(body)
}

/** Whether a body can be sent twice; a stream cannot. */
export function isReplayable(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof URLSearchParams ||
    body instanceof Blob
  )
}

/** Whether an answer with this status may be another one next time. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && !PERMANENT.has(status))
}

/** A wrong certificate stays wrong; every other failure of a connection may pass. */
export function isTransientFailure(error: unknown): boolean {
  return !/CERT|TLS|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(codeOf(error) ?? '')
}

/**
 * Milliseconds to wait before the next attempt: what Retry-After says, capped, else full jitter over an
 * exponential (AWS Architecture Blog 2015, "Exponential Backoff And Jitter").
 * @param failures attempts that failed so far, at least 1
 * @param random in [0, 1)
 */
export function waitBefore(
  failures: number,
  retryAfter: string | null,
  now: Date,
  random: () => number,
): number {
  const asked = parseRetryAfter(retryAfter, now)
  if (asked !== undefined) return Math.min(asked, RETRY_AFTER_CAP_MILLISECONDS)
  return Math.floor(random() * Math.min(CAP_MILLISECONDS, BASE_MILLISECONDS * 2 ** (failures - 1)))
}

/** Milliseconds that a Retry-After header asks for, as seconds or as a date (RFC 9110, section 10.2.3). */
function parseRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime())
}
