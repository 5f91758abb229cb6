import { describe, expect, test } from 'vitest'
import { clickhouseEngine } from '../../src/engines/clickhouse.js'
import { engineOptions, rowsOf, standIn } from './stand-in.js'

const META =
  '{"meta":[{"name":"d","type":"Nullable(Float64)"},{"name":"i","type":"UInt64"},{"name":"s","type":"LowCardinality(String)"}]}'
const PROGRESS = '{"progress":{"read_rows":"2","read_bytes":"16"}}'

/** Lines of JSONCompactEachRowWithProgress as ClickHouse 26.9 wrote them. */
const answering = (...lines: string[]) =>
  standIn((_, response) => void response.writeHead(200).end(lines.join('\n')))

describe('clickhouse', () => {
  test('reads the rows between the progress, as what their columns are', async () => {
    await using server = await answering(
      PROGRESS,
      META,
      '{"row":["nan", "9007199254740993", "nan"]}',
      PROGRESS,
      '{"row":[278908409818195070000, "1", "é"]}',
      '{"row":[null, "2", ""]}',
      PROGRESS,
    )
    const engine = clickhouseEngine(engineOptions(`${server.url}/lake`, { user: 'gate', password: 'pass' }))
    expect(await rowsOf(engine, 'select 1')).toEqual([
      [Number.NaN, '9007199254740993', 'nan'],
      [2.7890840981819507e20, 1, 'é'],
      [null, 2, ''],
    ])
    const { path, headers, body } = server.asked[0]!
    expect(body).toBe('select 1\nFORMAT JSONCompactEachRowWithProgress')
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('gate:pass').toString('base64')}`)
    const asked = new URL(path, server.url).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      database: 'lake',
      join_use_nulls: '1',
      http_write_exception_in_output_format: '1',
      max_execution_time: '1800',
    })
    expect(path).not.toContain('pass')
  })

  test.each([
    ['a line of the format', '{"exception":"Code: 241. DB::Exception: Memory limit exceeded."}'],
    ['text between the rows', 'Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)'],
  ])('an error after 200 and some rows is an error: %s', async (_, last) => {
    await using server = await answering(META, '{"row":[1, "1", "a"]}', last)
    await expect(rowsOf(clickhouseEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('Memory limit exceeded'),
    })
  })

  test('an error that the headers state is an error', async () => {
    await using server = await standIn(
      (_, response) =>
        void response
          .writeHead(200, { 'x-clickhouse-exception-code': '62' })
          .end('Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)'),
    )
    await expect(rowsOf(clickhouseEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('Syntax error'),
    })
  })

  test.each([
    ['a line that breaks off', [META, '{"row":[1, "1"']],
    ['nothing', []],
    ['progress alone', [PROGRESS]],
    ['rows before columns', ['{"row":[1]}']],
    ['a row of another length', [META, '{"row":[1]}']],
    ['rows that are none', [META, '{"row":7}']],
  ])('%s is no answer', async (_, lines) => {
    await using server = await answering(...lines)
    await expect(rowsOf(clickhouseEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_ANSWER_MALFORMED',
    })
  })
})
