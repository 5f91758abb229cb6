import { SluiceError } from '@sluice/errors'
import { shownUrl } from './errors.js'
import { isReplayable } from './retry.js'

/** A request as the client sends it. */
export interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: RequestInit['body']
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const CREDENTIALS = /^(authorization|proxy-authorization|cookie|x-.*(token|key|secret|auth|password).*)$/
const CONTENT = /^content-/

/** The address that a response sends its reader to, or undefined when it is no redirect. */
export function redirectTarget(response: Response, from: URL): URL | undefined {
  const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
  if (location === null) return undefined
  if (!URL.canParse(location, from.href)) throw refused(from, 'to what is no address')
  const target = new URL(location, from)
  target.username = ''
  target.password = ''
  return target
}

/**
 * The request that follows a redirect (RFC 9110, section 15.4; fetch, HTTP-redirect fetch). Credentials do not
 * cross origins, nothing goes from https to http, and no body leaves the server it was meant for.
 * @throws SluiceError HTTP_REDIRECT_REFUSED
 */
export function follow(request: Outgoing, status: number, target: URL): Outgoing {
  const { url: from, method } = request
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw refused(from, `to the scheme \`${target.protocol}\``)
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw refused(from, `from https to http (${target.host})`)
  }
  const becomesGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') ||
    ((status === 301 || status === 302) && method === 'POST')
  const body = becomesGet ? undefined : request.body
  const crosses = target.origin !== from.origin
  if (body !== undefined && body !== null) {
    if (crosses) throw refused(from, `to another server (${target.host}) with a body`)
    if (!isReplayable(body)) throw refused(from, 'after a body that was streamed')
  }
  const headers = new Headers(request.headers)
  for (const name of [...headers.keys()]) {
    if (crosses && CREDENTIALS.test(name)) headers.delete(name)
    if (becomesGet && CONTENT.test(name)) headers.delete(name)
  }
  return { url: target, method: becomesGet ? 'GET' : method, headers, body }
}

/** @throws SluiceError HTTP_TOO_MANY_REDIRECTS */
export function tooManyRedirects(url: URL, limit: number): SluiceError {
  return new SluiceError(
    'HTTP_TOO_MANY_REDIRECTS',
    `${shownUrl(url)} redirects on and on; ${limit} redirects are followed.`,
    { remedy: 'Use the address at the end of the redirects.', kind: 'surroundings' },
  )
}

export function refused(url: URL, where: string): SluiceError {
  return new SluiceError('HTTP_REDIRECT_REFUSED', `${shownUrl(url)} redirects ${where}.`, {
    remedy: 'Use the address that is meant directly, if it is to be trusted.',
    kind: 'surroundings',
  })
}
