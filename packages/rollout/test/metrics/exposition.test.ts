import { parseExposition } from '@sluice/rollout'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const wanted = new Set(['http_requests_total', 'up'])
const parse = (text: string) => parseExposition(text, wanted, 'http://127.0.0.1/metrics')

describe('the text format', () => {
  // As prom-client 15 and the Prometheus documentation print it.
  test.each([
    ['http_requests_total 7', {}, 7],
    ['http_requests_total{code="200"} 7', { code: '200' }, 7],
    [
      'http_requests_total{code="200",method="post",} 1027 1395066363000',
      { code: '200', method: 'post' },
      1027,
    ],
    ['http_requests_total{ code = "200" }   1.5e3', { code: '200' }, 1500],
    [
      'http_requests_total{path="C:\\\\DIR\\\\\\"x\\"\\n"} +Inf',
      { path: 'C:\\DIR\\"x"\n' },
      Number.POSITIVE_INFINITY,
    ],
    ['http_requests_total{code="a,b}c"} 1', { code: 'a,b}c' }, 1],
    ['http_requests_total{code="200"} 7 # {trace="x"} 1', { code: '200' }, 7],
    ['http_requests_total NaN', {}, Number.NaN],
  ])('%s', (line, labels, value) => {
    expect(parse(`# HELP x y\n# TYPE http_requests_total counter\n\n${line}\nother{broken 1\n`)).toEqual([
      { name: 'http_requests_total', labels, value },
    ])
  })

  test.each([
    'http_requests_total',
    'http_requests_total{code="200" 7',
    'http_requests_total{code=200} 7',
    'http_requests_total{code="200"}seven',
    'http_requests_total{code="200"} seven',
    'http_requests_total{code="a"method="b"} 1',
    'http_requests_total 1 2 3',
    'http_requests_total 1 soon',
    '<html>',
  ])('`%s` is refused with its line', (line) => {
    expect(() => parse(`up 1\n${line}\n`)).toThrowError(
      expect.objectContaining({ code: 'METRICS_MALFORMED', message: expect.stringContaining('line 2') }),
    )
  })

  test('any text at all is read, or refused by code', () => {
    const piece = fc.constantFrom(
      'http_requests_total',
      'up',
      '{',
      '}',
      'a="b"',
      '"',
      '\\',
      ',',
      ' ',
      '\n',
      '1',
      'NaN',
      '#',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        try {
          for (const sample of parse(pieces.join(''))) expect(wanted.has(sample.name)).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'METRICS_MALFORMED' })
        }
      }),
    )
  })

  test('a line of blanks costs no more than its length', () => {
    const line = `up 1${' '.repeat(8000)}x${' '.repeat(8000)}`
    const text = `other 1\n${`# ${line}\n`.repeat(10)}${line}`
    expect(() => parse(text)).toThrowError(expect.objectContaining({ code: 'METRICS_MALFORMED' }))
  })

  test('hostile pages are cut off by count, by line and by labels', () => {
    const many = Array.from({ length: 50_002 }, (_, i) => `up{i="${i}"} 1`).join('\n')
    expect(() => parse(many)).toThrowError(expect.objectContaining({ code: 'METRICS_TOO_LARGE' }))
    const long = `up{x="${'a'.repeat(20_000)}"} 1`
    expect(() => parse(long)).toThrowError(expect.objectContaining({ code: 'METRICS_MALFORMED' }))
    const labels = Array.from({ length: 100 }, (_, i) => `l${i}="1"`).join(',')
    expect(() => parse(`up{${labels}} 1`)).toThrowError(
      expect.objectContaining({ code: 'METRICS_MALFORMED' }),
    )
    expect(parse('up{__proto__="x"} 1')[0]?.labels['polluted']).toBeUndefined()
  })
})
