import { advanceBook, classify, openBook, type Sample } from '@sluice/rollout'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SHAPE } from '../world.js'

interface Page {
  readonly ok?: number
  readonly bad?: number
  readonly start?: number
  readonly target?: string
}

/** Readings of one arm from what its processes show. */
function reading(at: number, ...pages: Page[]) {
  const samples = pages.flatMap(({ ok, bad, start, target = 'a' }): Sample[] => {
    const of = (name: string, value: number | undefined, code?: string): Sample[] =>
      value === undefined ? [] : [{ name, labels: code ? { code } : {}, value, at, target }]
    return [
      ...of(SHAPE.requests, ok, '200'),
      ...of(SHAPE.requests, bad, '503'),
      ...of(SHAPE.startTime, start),
    ]
  })
  return classify(
    samples,
    SHAPE,
    pages.map((page) => page.target ?? 'a'),
  )
}

const count = (...readings: ReturnType<typeof reading>[]) => {
  let book = openBook(readings[0]!, 0)
  let last = advanceBook(book, readings[0]!, 2).counts
  for (const next of readings.slice(1)) {
    const step = advanceBook(book, next, 2)
    book = step.book
    last = step.counts
  }
  return last
}

describe('raw counter differences', () => {
  test.each([
    ['both series move', [{ ok: 10, bad: 1 }], [{ ok: 15, bad: 3 }], { requests: 7, errors: 2, seconds: 15 }],
    ['nothing moves', [{ ok: 10 }], [{ ok: 10 }], { requests: 0, errors: 0 }],
    // Prometheus' increase() sees 0 here: the first errors of a canary.
    [
      'an error series is born at 5',
      [{ ok: 10 }],
      [{ ok: 12, bad: 5 }],
      { requests: 7, errors: 5, births: 1 },
    ],
    ['the first request ever', [{}], [{ ok: 3 }], { requests: 3, births: 1 }],
    ['a restart below the last value', [{ ok: 10 }], [{ ok: 4 }], { requests: 4, resets: 1 }],
    [
      'a restart that overtook the last value',
      [{ ok: 10, start: 1 }],
      [{ ok: 40, start: 9 }],
      { requests: 40, resets: 1 },
    ],
    [
      'a start time that wobbles',
      [{ ok: 10, start: 1 }],
      [{ ok: 12, start: 1.2 }],
      { requests: 2, resets: 0 },
    ],
    [
      'a process that may be old',
      [{ ok: 1 }],
      [{ ok: 2 }, { ok: 500, target: 'b' }],
      { requests: 1, joined: 1 },
    ],
    [
      'a process that started since',
      [{ ok: 1 }],
      [{ ok: 2 }, { ok: 50, target: 'b', start: 20 }],
      { requests: 51, births: 1 },
    ],
    ['a process that is gone', [{ ok: 1 }, { ok: 9, target: 'b' }], [{ ok: 2 }], { requests: 1 }],
  ])('%s', (_, before, after, expected) => {
    expect(count(reading(15, ...before), reading(30, ...after))).toMatchObject(expected)
  })

  test('a gap in a series loses nothing', () => {
    expect(count(reading(0, { ok: 10 }), reading(15, {}), reading(30, { ok: 25 }))).toMatchObject({
      requests: 15,
    })
  })

  test('NaN, negative and infinite values count nothing and are told', () => {
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      const bad = reading(15, { ok: value, bad: 1 })
      expect(bad.invalid).toBe(1)
      expect(bad.counters).toHaveLength(1)
    }
  })

  test('however often one looks, the counts add up to the same', () => {
    const growth = fc.array(fc.tuple(fc.nat(1000), fc.nat(50)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(growth, (steps) => {
        let ok = 3
        let bad = 0
        const readings = [reading(0, { ok })]
        for (const [index, [more, errors]] of steps.entries()) {
          ok += more
          bad += errors
          readings.push(reading(index + 1, bad > 0 ? { ok, bad } : { ok }))
        }
        let book = openBook(readings[0]!, 0)
        let requests = 0
        for (const next of readings.slice(1)) {
          const step = advanceBook(book, next, 2)
          book = step.book
          requests += step.counts.requests
        }
        expect(requests).toBe(ok + bad - 3)
        expect(count(readings[0]!, readings.at(-1)!).requests).toBe(requests)
      }),
    )
  })

  test('requests slower than an edge are those timed and not within it', () => {
    const histogram = (within: number, all: number, at: number) =>
      classify(
        [
          {
            name: 'http_request_duration_seconds_bucket',
            labels: { le: '0.1' },
            value: within,
            at,
            target: 'a',
          },
          {
            name: 'http_request_duration_seconds_bucket',
            labels: { le: '0.50' },
            value: all,
            at,
            target: 'a',
          },
          {
            name: 'http_request_duration_seconds_bucket',
            labels: { le: '+Inf' },
            value: all,
            at,
            target: 'a',
          },
          { name: 'http_request_duration_seconds_count', labels: {}, value: all, at, target: 'a' },
        ],
        SHAPE,
      )
    expect(count(histogram(5, 6, 0), histogram(14, 20, 15))).toMatchObject({ timed: 14, slow: [5, 0] })
    expect(histogram(1, 1, 0)).toMatchObject({ missingEdges: [], knownEdges: [0.1, 0.5] })
    const other = { ...SHAPE, latency: { histogram: 'http_request_duration_seconds', edges: [0.3] } }
    const [sample] = [
      { name: 'http_request_duration_seconds_bucket', labels: { le: '0.1' }, value: 1, at: 0, target: 'a' },
    ]
    expect(classify([sample!], other).missingEdges).toEqual([0.3])
  })
})
