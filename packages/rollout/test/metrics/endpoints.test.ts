import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpointMetrics } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { SHAPE } from '../world.js'

async function server(listener: RequestListener) {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/metrics`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const metrics = (stable: string[], canary: string[], timeout = 2000) =>
  endpointMetrics({ stable, canary, shape: SHAPE, fetch, now: () => 5000, timeout })

test('reads every process of both arms', async () => {
  await using page = await server((_, response) =>
    response.end(
      'http_requests_total{code="200"} 4\nhttp_requests_total{code="502"} 1\nprocess_start_time_seconds 9\n',
    ),
  )
  await using idle = await server((_, response) => response.end('# nothing yet\n'))
  const { stable, canary } = await metrics([page.url, idle.url], [page.url]).read()
  expect(canary.counters).toMatchObject([
    { role: 'ok', value: 4, at: 5 },
    { role: 'error', value: 1 },
  ])
  // A page without series is a process without requests, not a missing one.
  expect([...stable.targets]).toEqual([
    [page.url, 9],
    [idle.url, undefined],
  ])
})

describe('one page that cannot be read whole fails the reading', () => {
  test.each<[string, RequestListener, string]>([
    ['stalled before the answer', () => {}, 'METRICS_TIMEOUT'],
    ['stalled in the middle', (_, response) => response.write('http_requests_total 4\n'), 'METRICS_TIMEOUT'],
    [
      'cut in the middle',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('http_requests_total 4\n', () => response.destroy())
      },
      'METRICS_UNREACHABLE',
    ],
    ['an error', (_, response) => response.writeHead(500).end(), 'METRICS_STATUS'],
    [
      'endless',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('#'.repeat(65_536)));
        }
        response.on('drain', more)
        more()
      },
      'METRICS_TOO_LARGE',
    ],
    ['no metrics', (_, response) => response.end('<!doctype html>'), 'METRICS_MALFORMED'],
  ])('%s', async (_, listener, code) => {
    await using good = await server((_, response) => response.end('http_requests_total 1\n'))
    await using bad = await server(listener)
    await expect(
      metrics([good.url], [bad.url], code === 'METRICS_TIMEOUT' ? 150 : 5000).read(),
    ).rejects.toMatchObject({
      code,
      kind: 'surroundings',
    })
  })

  test('nobody listens', async () => {
    await expect(metrics(['http://127.0.0.1:1/metrics'], []).read()).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
    })
  })

  test('an abort comes through as itself', async () => {
    await using stalled = await server(() => {})
    const reason = new Error('stop')
    const signal = AbortSignal.any([AbortSignal.timeout(50)])
    const controller = new AbortController()
    signal.addEventListener('abort', () => controller.abort(reason))
    await expect(metrics([stalled.url], []).read(controller.signal)).rejects.toBe(reason)
  })
})
