import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadModel } from '../src/model.js'
import { startServer } from '../src/server.js'

const sample = JSON.parse(readFileSync(new URL('./holdout-sample.json', import.meta.url), 'utf8'))
const model = await loadModel(fileURLToPath(new URL('../../models/candidate', import.meta.url)))

const start = (change: { failShare?: number; failSeed?: number } = {}) =>
  startServer({ model, version: 'v2 "b"', host: '127.0.0.1', port: 0, failShare: 0, failSeed: 1, ...change })

const post = (url: string, body: unknown) =>
  fetch(`${url}/predict`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

test('one flight gives a score, several give scores in their order', async () => {
  await using server = await start()
  const one = await post(server.url, sample[0])
  expect(one.status).toBe(200)
  expect(await one.json()).toEqual({ score: expect.closeTo(sample[0].candidate, 6), version: 'v2 "b"' })
  const many = await post(server.url, sample)
  const { scores } = (await many.json()) as { scores: number[] }
  expect(scores).toEqual(sample.map((row: { candidate: number }) => expect.closeTo(row.candidate, 6)))
})

test.each([
  ['what is not JSON', '{', 400],
  ['a flight without a date', { origin: 'ORD' }, 400],
  ['a list with one bad flight', [{}], 400],
  ['more flights than it takes', new Array(5001).fill({}), 413],
  ['a body that is too long', ' '.repeat((1 << 20) + 1), 413],
])('%s is refused', async (_, body, status) => {
  await using server = await start()
  const answer = await post(server.url, body)
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error: expect.any(String) })
})

test('other paths and methods are named', async () => {
  await using server = await start()
  expect((await fetch(`${server.url}/constructor`)).status).toBe(404)
  const wrong = await fetch(`${server.url}/predict`)
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({
    status: 'ok',
    model: 'candidate',
  })
})

test('metrics count every prediction by its code, with the version escaped', async () => {
  await using server = await start()
  await post(server.url, sample[0])
  await post(server.url, '{')
  const answer = await fetch(`${server.url}/metrics`)
  expect(answer.headers.get('content-type')).toContain('version=0.0.4')
  const text = await answer.text()
  expect(text).toContain('http_requests_total{code="200",version="v2 \\"b\\""} 1\n')
  expect(text).toContain('http_requests_total{code="400",version="v2 \\"b\\""} 1\n')
  expect(text).toContain('http_requests_total{code="500",version="v2 \\"b\\""} 0\n')
  expect(text).toContain('http_request_duration_seconds_bucket{version="v2 \\"b\\"",le="+Inf"} 2\n')
  expect(text).toContain('http_request_duration_seconds_count{version="v2 \\"b\\""} 2\n')
})

test('a share of predictions fails on purpose, the same ones every time', async () => {
  const codes = async (failSeed: number) => {
    await using server = await start({ failShare: 0.1, failSeed })
    const answers: number[] = []
    for (let i = 0; i < 200; i++) answers.push((await post(server.url, sample[i % 50])).status)
    return answers
  }
  const first = await codes(7)
  expect(await codes(7)).toEqual(first)
  expect(await codes(8)).not.toEqual(first)
  const failed = first.filter((code) => code === 500).length
  expect(failed).toBeGreaterThan(5)
  expect(failed).toBeLessThan(40)
})

test('closing ends although a client keeps its connection open', async () => {
  const server = await start()
  const { port } = new URL(server.url)
  const client = connect(Number(port), '127.0.0.1')
  await new Promise((resolve) => client.once('connect', resolve))
  client.write('POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n')
  client.on('error', () => undefined)
  await server.close(50)
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
})
