import { type PrometheusOptions, prometheusMetrics } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { SHAPE } from '../world.js'

const series = (metric: Record<string, string>, ...values: [number, string][]) => ({ metric, values })
const matrix = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'matrix', result } })

function prometheus(answer: unknown, status = 200, over: Partial<PrometheusOptions> = {}) {
  const asked: { url: URL; headers: Headers }[] = []
  const metrics = prometheusMetrics({
    url: 'http://127.0.0.1:9090/prom/',
    stable: { version: 'v1', zone: 'a' },
    canary: { version: 'v"2.', zone: 'a' },
    shape: SHAPE,
    lookback: 60,
    fetch: async (url, init) => {
      asked.push({ url: new URL(url), headers: new Headers(init?.headers) })
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer), { status })
    },
    ...over,
  })
  return { metrics, asked }
}

test('asks for raw samples of both arms, and takes the newest of each series', async () => {
  const arm = { job: 'm', version: 'v"2.', zone: 'a' }
  const { metrics, asked } = prometheus(
    matrix(
      series({ __name__: 'http_requests_total', code: '200', instance: 'a:1', ...arm }, [10, '1'], [25, '7']),
      series({ __name__: 'http_requests_total', code: '500', instance: 'b:1', ...arm }, [25, '2']),
      series({ __name__: 'http_requests_total', code: '500', instance: 'b:1', ...arm, version: 'v1' }, [
        25,
        '9',
      ]),
      series({ __name__: 'process_start_time_seconds', instance: 'a:1', ...arm }, [25, '3.5']),
      series({ __name__: 'up', instance: 'c:1', ...arm }, [25, '1']),
    ),
    200,
    { token: 'hush' },
  )
  const { canary } = await metrics.read()
  expect(canary.counters).toMatchObject([
    { role: 'ok', value: 7, at: 25, target: 'm|a:1' },
    { role: 'error', value: 2, target: 'm|b:1' },
  ])
  expect([...canary.targets]).toEqual([
    ['m|a:1', 3.5],
    ['m|b:1', undefined],
    ['m|c:1', undefined],
  ])
  expect(asked.map(({ url }) => url.pathname)).toEqual(['/prom/api/v1/query'])
  expect(asked[0]!.url.searchParams.get('query')).toBe(
    '{__name__=~"http_requests_total|http_request_duration_seconds_bucket|http_request_duration_seconds_count|process_start_time_seconds|up",version=~"v1|v\\"2\\\\.",zone="a"}[60s]',
  )
  expect(asked[0]!.headers.get('authorization')).toBe('Bearer hush')
})

describe('what is not a whole answer is none', () => {
  test.each([
    [
      'an error',
      { status: 'error', errorType: 'bad_data', error: 'parse error' },
      400,
      'METRICS_QUERY_REFUSED',
    ],
    ['a warning', { ...matrix(), warnings: ['store unavailable'] }, 200, 'METRICS_PARTIAL'],
    [
      'another form',
      { status: 'success', data: { resultType: 'vector', result: [] } },
      200,
      'METRICS_MALFORMED',
    ],
    ['no JSON', '<html>', 200, 'METRICS_MALFORMED'],
    ['no right', 'Forbidden', 403, 'METRICS_STATUS'],
    ['too much', 'x'.repeat(33 * 1024 * 1024), 200, 'METRICS_TOO_LARGE'],
  ])('%s', async (_, answer, status, code) => {
    await expect(prometheus(answer, status).metrics.read()).rejects.toMatchObject({
      code,
      kind: 'surroundings',
    })
  })

  test('NaN is told, not counted', async () => {
    const answer = matrix(
      series({ __name__: 'http_requests_total', code: '200', version: 'v1', zone: 'a' }, [1, 'NaN']),
    )
    expect((await prometheus(answer).metrics.read()).stable).toMatchObject({ counters: [], invalid: 1 })
  })

  test('no series is no target', async () => {
    expect((await prometheus(matrix()).metrics.read()).canary.targets.size).toBe(0)
  })
})

test.each([
  ['a password in the address', { url: 'http://u:p@127.0.0.1' }, 'METRICS_URL_INVALID'],
  ['another protocol', { url: 'file:///etc/passwd' }, 'METRICS_URL_INVALID'],
  ['a label that breaks out', { stable: { 'a="b"} or up{x': 'y' } }, 'METRICS_SELECTOR_INVALID'],
])('%s is refused before anything is asked', (_, over, code) => {
  expect(() => prometheus({}, 200, over)).toThrowError(expect.objectContaining({ code }))
})
