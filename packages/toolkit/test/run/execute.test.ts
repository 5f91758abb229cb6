import { SluiceError } from '@sluice/errors'
import { expect, test } from 'vitest'
import { execute, exitCode, failure } from '../../src/run/execute.js'
import { inputsWith, testContext } from '../../src/testing.js'
import { type ExampleInputs, example } from '../example-action.js'

async function run(given: Partial<ExampleInputs>) {
  await using context = await testContext()
  return await execute(example, inputsWith(example, { name: 'x', ...given }), context)
}

test.each([
  ['pass', 'pass', 0],
  ['warn', 'warn', 0],
  ['fail', 'fail', 1],
  ['inconclusive', 'inconclusive', 3],
  ['refused', 'fail', 1],
  ['usage', 'inconclusive', 2],
  ['surroundings', 'inconclusive', 3],
  ['crash', 'inconclusive', 3],
] as const)('a run that ends in %s has the verdict %s and exits with %i', async (does, verdict, code) => {
  expect(await run({ does })).toMatchObject({ report: { verdict, action: 'example' }, exitCode: code })
})

test.each([
  ['warn', 'warn', 1],
  ['warn', 'never', 0],
  ['fail', 'never', 0],
  ['inconclusive', 'never', 0],
  ['inconclusive', 'warn', 3],
  ['pass', 'warn', 0],
] as const)('%s under fail-on %s exits with %i', (verdict, failOn, code) => {
  expect(exitCode(verdict, failOn)).toBe(code)
})

test('fail-on never does not hide an error: nothing was decided', async () => {
  expect((await run({ does: 'refused', failOn: 'never' })).exitCode).toBe(1)
  expect((await run({ does: 'surroundings', failOn: 'never' })).exitCode).toBe(3)
})

test('an error is reported with its code and remedy, and leaves no findings or statements', async () => {
  const { report } = await run({ does: 'surroundings' })
  expect(report).toMatchObject({
    headline: 'It was told to.',
    error: { code: 'EXAMPLE_ERROR', message: 'It was told to.', remedy: 'Tell it otherwise.' },
    findings: [],
    statements: [],
  })
})

test('what no check foresees is INTERNAL; after a signal it is INTERRUPTED', () => {
  const now = new Date(0)
  expect(failure(example, new TypeError('x'), now).report.error?.code).toBe('INTERNAL')
  expect(failure(example, new Error('x'), now, AbortSignal.abort()).report.error?.code).toBe('INTERRUPTED')
})

test("a headline is one line, whatever an error's message holds", () => {
  const error = new SluiceError('A_CODE', 'one\ntwo\u001b[31m', { remedy: 'r' })
  expect(failure(example, error, new Date(0)).report.headline).toBe('one two')
})
