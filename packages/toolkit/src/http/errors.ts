import { SluiceError } from '@sluice/errors'

/** Longest path that an error shows. */
const PATH_LENGTH = 200

/** A URL as errors and logs show it: without credentials, query and fragment, which may hold secrets. */
export function shownUrl(url: URL): string {
  const path = url.pathname.length > PATH_LENGTH ? `${url.pathname.slice(0, PATH_LENGTH)}…` : url.pathname
  return `${url.protocol}//${url.host}${path}`
}

export function unreachable(url: URL, cause: unknown): SluiceError {
  return new SluiceError('NETWORK_UNREACHABLE', `${shownUrl(url)} cannot be reached: ${reasonOf(cause)}.`, {
    remedy: 'Check the address and the network, then run again.',
    kind: 'surroundings',
    cause,
  })
}

export function timedOut(url: URL, milliseconds: number, cause?: unknown): SluiceError {
  const seconds = Math.max(1, Math.round(milliseconds / 1000))
  return new SluiceError('NETWORK_TIMEOUT', `${shownUrl(url)} sent nothing for ${seconds} s.`, {
    remedy: 'Run again; when it stays, look at the server and at proxies on the way.',
    kind: 'surroundings',
    cause,
  })
}

export function cutShort(url: URL, cause: unknown): SluiceError {
  return new SluiceError('NETWORK_CUT', `${shownUrl(url)} broke off its answer: ${reasonOf(cause)}.`, {
    remedy: 'Run again; when it stays, look at the server and at proxies on the way.',
    kind: 'surroundings',
    cause,
  })
}

/**
 * Names the system's or the TLS library's code, never the message, which may hold the whole URL.
 * undici wraps a failure as the `cause` of a bare `TypeError: fetch failed`.
 */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return code === undefined ? 'the connection failed' : (REASONS[code] ?? code)
}

/** The innermost code of an error, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
export function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const code = 'code' in at ? at.code : undefined
    const inner = at instanceof AggregateError ? codeOf(at.errors[0]) : undefined
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code
    if (inner !== undefined) return inner
  }
  return undefined
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name has no address (ENOTFOUND)',
  EAI_AGAIN: 'names cannot be resolved right now (EAI_AGAIN)',
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  UND_ERR_SOCKET: 'the connection was cut (UND_ERR_SOCKET)',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept the connection in time (UND_ERR_CONNECT_TIMEOUT)',
  CERT_HAS_EXPIRED: 'its certificate has expired (CERT_HAS_EXPIRED)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
}
