import { describe, expect, test } from 'vitest'
import { readJsonLines } from '../../src/table/json-lines.js'
import { parseLenientJson } from '../../src/table/lenient-json.js'
import { inputFormat } from '../../src/table/read.js'

const read = (text: string) =>
  readJsonLines('a.jsonl', new TextEncoder().encode(text), [
    { name: 'id', kind: 'key' },
    { name: 'score', kind: 'number' },
  ])

describe('JSON lines', () => {
  test('rows, blank lines, other members', () => {
    const { rows, columns } = read('{"id": "a", "score": 0.25, "x": [1]}\n\n{"score": 1e-3, "id": "b"}')
    expect(rows).toBe(2)
    expect(columns.get('score')).toEqual({ kind: 'number', values: new Float64Array([0.25, 0.001]) })
    expect(columns.get('id')).toEqual({ kind: 'key', values: ['a', 'b'] })
  })

  test('the NaN and Infinity that Python writes are kept as what they are', () => {
    const { columns } = read(
      '{"id": 1, "score": NaN}\n{"id": 2, "score": -Infinity}\n{"id": 3, "score": null}\n{"id": 4}',
    )
    const score = columns.get('score')
    expect(score?.kind === 'number' && [...score.values]).toEqual([
      Number.NaN,
      -Infinity,
      Number.NaN,
      Number.NaN,
    ])
  })

  test.each([
    ['no JSON', '{"id": 1, "score": 1}\n{"id": 2', 'TABLE_MALFORMED', 2],
    ['no object', '[1, 2]', 'TABLE_MALFORMED', 1],
    ['a nested value', '{"id": 1, "score": [1]}', 'TABLE_MALFORMED', 1],
    ['nothing', '\n\n', 'TABLE_MALFORMED', 1],
  ])('%s is refused with its line', (_, text, code, line) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code, at: { file: 'a.jsonl', line } }))
  })

  test('a member that no line has is a missing column', () => {
    expect(() => read('{"id": 1, "scores": 1}')).toThrow(expect.objectContaining({ code: 'COLUMN_MISSING' }))
  })
})

test('lenient JSON leaves text alone, and is still JSON', () => {
  expect(parseLenientJson('{"NaN": "Infinity \\" NaN", "a": [NaN, -Infinity, 1]}')).toEqual({
    NaN: 'Infinity " NaN',
    a: [Number.NaN, -Infinity, 1],
  })
  expect(() => parseLenientJson('{"a": nan}')).toThrow(SyntaxError)
})

test('a text of quotes without an end is looked through once', () => {
  expect(() => parseLenientJson(`[NaN, "${'\\"'.repeat(500_000)}`)).toThrow(SyntaxError)
})

test('a file is told by its first bytes, then by its name', () => {
  const none = new Uint8Array()
  expect(inputFormat('a.csv', new TextEncoder().encode('PAR1..'))).toBe('parquet')
  expect(['a.csv', 'a.TSV', 'a.jsonl', 'a.ndjson', 'a.json'].map((name) => inputFormat(name, none))).toEqual([
    'csv',
    'tsv',
    'json-lines',
    'json-lines',
    'summary',
  ])
  expect(() => inputFormat('a.pkl', none)).toThrow(expect.objectContaining({ code: 'TABLE_FORMAT_UNKNOWN' }))
})
