import { isSluiceError, SluiceError } from '@sluice/errors'
import type { MetricsFetch } from './source.js'

export interface DownloadOptions {
  readonly fetch: MetricsFetch
  /** Milliseconds for the whole exchange, body included. */
  readonly timeout: number
  /** Bytes. */
  readonly limit: number
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches a text within a time and a size. An address is shown without query or credentials.
 * @throws SluiceError METRICS_UNREACHABLE, METRICS_TIMEOUT, METRICS_STATUS, METRICS_TOO_LARGE
 */
export async function download(
  url: URL,
  options: DownloadOptions,
  accept: (status: number) => boolean = (status) => status === 200,
): Promise<string> {
  const shown = `${url.origin}${url.pathname}`
  const timeout = AbortSignal.timeout(options.timeout)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  try {
    const response = await options.fetch(url.href, { headers: { ...options.headers }, signal })
    if (!accept(response.status)) {
      await response.body?.cancel()
      throw new SluiceError('METRICS_STATUS', `${shown} answered ${response.status}; expected 200.`, {
        remedy: 'Check the address, and the token when one is needed.',
        kind: 'surroundings',
      })
    }
    return await readText(response, options.limit, shown)
  } catch (cause) {
    options.signal?.throwIfAborted()
    if (timeout.aborted) {
      throw new SluiceError(
        'METRICS_TIMEOUT',
        `${shown} gave no whole answer within ${options.timeout} ms.`,
        {
          remedy: 'Check that it is up and not overloaded.',
          kind: 'surroundings',
          cause,
        },
      )
    }
    if (isSluiceError(cause) && cause.code.startsWith('METRICS_')) throw cause
    throw new SluiceError('METRICS_UNREACHABLE', `${shown} cannot be read: ${messageOf(cause)}`, {
      remedy: 'Check the address, and that this machine may reach it.',
      kind: 'surroundings',
      cause,
    })
  }
}

async function readText(response: Response, limit: number, shown: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limit) {
      throw new SluiceError('METRICS_TOO_LARGE', `${shown} answered with more than ${limit} bytes.`, {
        remedy: 'Narrow the selectors, or expose fewer series.',
        kind: 'surroundings',
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown fault'
  const code = (cause.cause as NodeJS.ErrnoException | undefined)?.code
  return (code ?? cause.message).slice(0, 200)
}

/**
 * An address of a metric source: http or https, nothing secret in it.
 * @throws SluiceError METRICS_URL_INVALID
 */
export function metricsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw new SluiceError(
    'METRICS_URL_INVALID',
    'An address of the metrics is no http or https URL without credentials.',
    {
      remedy: 'Write `http://host:port/path`; give a token by its own input.',
    },
  )
}
