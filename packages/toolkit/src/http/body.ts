import { SluiceError } from '@sluice/errors'
import { cutShort, timedOut } from './errors.js'

/**
 * A response's body as UTF-8, read to at most `limit` bytes.
 * @throws SluiceError HTTP_BODY_TOO_LARGE
 */
export async function readText(response: Response, limit: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(response, limit))
}

/** As `readText`, as bytes. @throws SluiceError HTTP_BODY_TOO_LARGE */
export async function readBytes(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(response.url, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * The same response with a body whose failures are coded: NETWORK_TIMEOUT when no byte comes for `stall`
 * milliseconds while somebody reads, NETWORK_CUT when it ends early; an abort by `signal` keeps its reason.
 */
export function watchedBody(
  response: Response,
  url: URL,
  controller: AbortController,
  signal: AbortSignal,
  stall: number,
): Response {
  if (response.body === null) return response
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        const timer = setTimeout(() => controller.abort(), stall)
        try {
          const { done, value } = await reader.read()
          if (done) stream.close()
          else stream.enqueue(value)
        } catch (error) {
          if (signal.aborted) throw signal.reason
          throw controller.signal.aborted ? timedOut(url, stall, error) : cutShort(url, error)
        } finally {
          clearTimeout(timer)
        }
      },
      async cancel(reason) {
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const { status, statusText, headers } = response
  const watched = new Response(body, { status, statusText, headers })
  Object.defineProperty(watched, 'url', { value: response.url })
  return watched
}

function tooLarge(url: string, limit: number): SluiceError {
  const host = URL.canParse(url) ? new URL(url).host : 'The server'
  return new SluiceError('HTTP_BODY_TOO_LARGE', `${host} sent more than the ${limit} bytes that are read.`, {
    remedy: 'Check that the address is the one that is meant.',
    kind: 'surroundings',
  })
}
