import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { download, metricsUrl } from './download.js'
import type { Sample } from './sample.js'
import { classify, type MetricShape, wantedNames } from './shape.js'
import type { Metrics, MetricsFetch } from './source.js'

export interface PrometheusOptions {
  /** Base address, with the path prefix when there is one. */
  readonly url: string
  /** Labels that select each arm's series. */
  readonly stable: Readonly<Record<string, string>>
  readonly canary: Readonly<Record<string, string>>
  readonly shape: MetricShape
  readonly fetch: MetricsFetch
  /** Seconds to look back for a series' newest raw sample: a few scrape intervals. */
  readonly lookback: number
  readonly token?: string
  /** Milliseconds for one query; 10000 unless given. */
  readonly timeout?: number
}

const ANSWER_LIMIT = 32 * 1024 * 1024
const TIMEOUT = 10_000
const MAX_SERIES = 50_000

const answerSchema = v.variant('status', [
  v.object({
    status: v.literal('success'),
    warnings: v.optional(v.array(v.string())),
    data: v.object({
      resultType: v.literal('matrix'),
      result: v.pipe(
        v.array(
          v.object({
            metric: v.record(v.string(), v.string()),
            values: v.pipe(v.array(v.tuple([v.number(), v.string()])), v.minLength(1)),
          }),
        ),
        v.maxLength(MAX_SERIES),
      ),
    }),
  }),
  v.object({ status: v.literal('error'), errorType: v.string(), error: v.string() }),
])

/**
 * Reads raw counters over Prometheus' HTTP API: an instant query of a range selector returns the samples as they
 * were scraped, with their times (API v1, `/api/v1/query`). Functions such as `rate` never run on the server.
 * @throws SluiceError METRICS_URL_INVALID, METRICS_SELECTOR_INVALID
 */
export function prometheusMetrics(options: PrometheusOptions): Metrics {
  const base = metricsUrl(options.url)
  const query = selector(options.shape, options.stable, options.canary, options.lookback)
  const url = new URL(`${base.pathname.replace(/\/$/, '')}/api/v1/query`, base)
  url.searchParams.set('query', query)
  return {
    name: `prometheus at ${base.origin}`,
    async read(signal) {
      const text = await download(
        url,
        {
          fetch: options.fetch,
          timeout: options.timeout ?? TIMEOUT,
          limit: ANSWER_LIMIT,
          headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
          signal,
        },
        // Prometheus explains a refused query in the body of a 400, 422 or 503.
        (status) => status === 200 || status === 400 || status === 422 || status === 503,
      )
      const samples = parseMatrix(text, base.origin)
      const arm = (labels: Readonly<Record<string, string>>) =>
        classify(
          samples.filter((sample) => selects(labels, sample)),
          options.shape,
        )
      return { stable: arm(options.stable), canary: arm(options.canary) }
    },
  }
}

function selects(labels: Readonly<Record<string, string>>, sample: Sample): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value)
}

/**
 * One range selector over both arms, so that both are seen at the same scrapes: what only one arm's labels name is
 * left to the caller to tell apart.
 * @throws SluiceError METRICS_SELECTOR_INVALID
 */
export function selector(
  shape: MetricShape,
  stable: Readonly<Record<string, string>>,
  canary: Readonly<Record<string, string>>,
  lookback: number,
): string {
  const matchers = Object.entries(stable).flatMap(([name, value]) => {
    checkLabel(name)
    const other = canary[name]
    if (other === undefined) return []
    return other === value
      ? [`${name}=${JSON.stringify(value)}`]
      : [`${name}=~${JSON.stringify([value, other].map(escaped).join('|'))}`]
  })
  for (const name of Object.keys(canary)) checkLabel(name)
  const names = `__name__=~"${wantedNames(shape).join('|')}"`
  return `{${[names, ...matchers].join(',')}}[${Math.ceil(lookback)}s]`
}

function checkLabel(name: string): void {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && name !== '__name__') return
  throw new SluiceError('METRICS_SELECTOR_INVALID', `${JSON.stringify(name)} is no label name.`, {
    remedy: 'Use letters, digits and underscores, not starting with a digit.',
  })
}

/** For RE2, anchored by Prometheus. */
function escaped(value: string): string {
  return value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

/**
 * The newest raw sample of each series. Pure.
 * @throws SluiceError METRICS_MALFORMED, METRICS_QUERY_REFUSED, METRICS_PARTIAL when the server warns that its
 * answer may be incomplete
 */
export function parseMatrix(text: string, from: string): Sample[] {
  const parsed = v.safeParse(answerSchema, jsonOf(text))
  if (!parsed.success) {
    throw new SluiceError(
      'METRICS_MALFORMED',
      `${from} did not answer in the form of Prometheus' HTTP API.`,
      {
        remedy: 'Check that the address is that of Prometheus, with its path prefix.',
        kind: 'surroundings',
      },
    )
  }
  if (parsed.output.status === 'error') {
    throw new SluiceError(
      'METRICS_QUERY_REFUSED',
      `${from} refused the query: ${parsed.output.error.slice(0, 200)}`,
      {
        remedy: 'Correct the selectors or the names of the metrics.',
        kind: 'surroundings',
      },
    )
  }
  const { data, warnings } = parsed.output
  if (warnings !== undefined && warnings.length > 0) {
    throw new SluiceError(
      'METRICS_PARTIAL',
      `${from} warns about its answer: ${warnings[0]!.slice(0, 200)}`,
      {
        remedy: 'Repair what the warning names; counters that may be incomplete are not judged.',
        kind: 'surroundings',
      },
    )
  }
  return data.result.map(({ metric, values }) => {
    const { __name__: name = '', ...labels } = metric
    const [at, value] = values.at(-1)!
    return {
      name,
      labels,
      at,
      value: numberOf(value),
      target: `${labels['job'] ?? ''}|${labels['instance'] ?? ''}`,
    }
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Prometheus writes `NaN`, `+Inf`, `-Inf` and decimal numbers as strings. */
function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return text === '' ? Number.NaN : Number(text)
}
