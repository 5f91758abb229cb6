import { download, metricsUrl } from './download.js'
import { parseExposition } from './exposition.js'
import type { Sample } from './sample.js'
import { type ArmReading, classify, type MetricShape, wantedNames } from './shape.js'
import type { Metrics, MetricsFetch, Reading } from './source.js'

export interface EndpointsOptions {
  /** Addresses of the `/metrics` pages of each arm's processes. */
  readonly stable: readonly string[]
  readonly canary: readonly string[]
  readonly shape: MetricShape
  readonly fetch: MetricsFetch
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds for one page; 5000 unless given. */
  readonly timeout?: number
}

const PAGE_LIMIT = 8 * 1024 * 1024
const TIMEOUT = 5000
const ACCEPT = { accept: 'text/plain;version=0.0.4' }

/**
 * Reads the services' own `/metrics` pages, all at once. One page that cannot be read fails the reading, since a
 * missing process would look like missing traffic.
 * @throws SluiceError METRICS_URL_INVALID
 */
export function endpointMetrics(options: EndpointsOptions): Metrics {
  const urls = { stable: options.stable.map(metricsUrl), canary: options.canary.map(metricsUrl) }
  const wanted = new Set(wantedNames(options.shape))

  async function readPage(url: URL, signal?: AbortSignal): Promise<Sample[]> {
    const target = url.href
    const text = await download(url, {
      fetch: options.fetch,
      timeout: options.timeout ?? TIMEOUT,
      limit: PAGE_LIMIT,
      headers: ACCEPT,
      signal,
    })
    const at = options.now() / 1000
    return parseExposition(text, wanted, `${url.origin}${url.pathname}`).map((sample) => ({
      ...sample,
      at,
      target,
    }))
  }
  async function readArm(pages: readonly URL[], signal?: AbortSignal): Promise<ArmReading> {
    const samples = await Promise.all(pages.map((url) => readPage(url, signal)))
    return classify(
      samples.flat(),
      options.shape,
      pages.map((url) => url.href),
    )
  }
  return {
    name: `/metrics of ${urls.stable.length} stable and ${urls.canary.length} canary processes`,
    async read(signal): Promise<Reading> {
      const [stable, canary] = await Promise.all([readArm(urls.stable, signal), readArm(urls.canary, signal)])
      return { stable, canary }
    },
  }
}
