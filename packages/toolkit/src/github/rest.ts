import type { Fetch } from '../context.js'
import { readBytes, readText } from '../http/body.js'

/** GitHub's REST API, as far as Sluice uses it, on `fetch` alone. */
export interface Rest {
  /** Status and parsed body; the body is undefined when it is no JSON. Never throws on a status. */
  request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>
  /**
   * Status, and what an address leads to, which for artifacts lies on another server; that one is told no token.
   * The bytes are empty unless the status is 200.
   * @throws SluiceError HTTP_BODY_TOO_LARGE
   */
  download(path: string, limit: number): Promise<{ readonly status: number; readonly bytes: Uint8Array }>
}

/** Answers beyond this many bytes are not read: a page of a hundred comments has at most 6.5 MB. */
const ANSWER_LIMIT = 16 * 1024 * 1024

/** @param apiUrl `https://api.github.com` or that of a GitHub Enterprise Server */
export function createRest(fetch: Fetch, apiUrl: string, token: string): Rest {
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  }
  return {
    async request(method, path, body) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: parse(await readText(response, ANSWER_LIMIT)) }
    },
    async download(path, limit) {
      const response = await fetch(`${apiUrl}${path}`, { headers })
      const { status } = response
      if (status === 200) return { status, bytes: await readBytes(response, limit) }
      await response.body?.cancel()
      return { status, bytes: new Uint8Array() }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
