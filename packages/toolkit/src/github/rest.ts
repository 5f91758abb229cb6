import type { Fetch } from '../context.js'
import { readText } from '../http/body.js'

/** GitHub's REST API, as far as Sluice uses it, on `fetch` alone. */
export interface Rest {
  /** Status and parsed body; the body is undefined when it is no JSON. Never throws on a status. */
  request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }>
}

/** Answers beyond this many bytes are not read: a page of a hundred comments has at most 6.5 MB. */
const ANSWER_LIMIT = 16 * 1024 * 1024

/** @param apiUrl `https://api.github.com` or that of a GitHub Enterprise Server */
export function createRest(fetch: Fetch, apiUrl: string, token: string): Rest {
  return {
    async request(method, path, body) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${token}`,
          'x-github-api-version': '2022-11-28',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: parse(await readText(response, ANSWER_LIMIT)) }
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
