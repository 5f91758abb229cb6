import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromEnvironment, inputVariable, parseInputs } from '../../src/index.js'
import { example } from '../example-action.js'

const parse = (env: Record<string, string>) => parseInputs(example.inputs, fromEnvironment(env))

test('variables are named as the runner names them', () => {
  expect(inputVariable('fail-on')).toBe('INPUT_FAIL-ON')
  expect(inputVariable('two words')).toBe('INPUT_TWO_WORDS')
})

test('defaults are applied without a runner, and absent lists are empty', () => {
  expect(parse({ INPUT_NAME: ' x ' })).toMatchObject({
    name: 'x',
    count: 3,
    paths: ['a', 'b'],
    more: [],
    ratio: undefined,
    loud: false,
    failOn: 'fail',
    config: 'sluice.yaml',
    workingDirectory: '.',
    comment: false,
    githubToken: undefined,
  })
})

test('given values are parsed: lists by line, numbers, booleans', () => {
  expect(
    parse({
      INPUT_NAME: 'x',
      INPUT_PATHS: 'one\n\n  two \r\n',
      INPUT_RATIO: '1e-3',
      INPUT_LOUD: 'True',
      'INPUT_FAIL-ON': 'warn',
    }),
  ).toMatchObject({ paths: ['one', 'two'], ratio: 0.001, loud: true, failOn: 'warn' })
})

test.each([
  [{}, 'INPUT_MISSING', 'name'],
  [{ INPUT_NAME: '  ' }, 'INPUT_MISSING', 'name'],
  [{ INPUT_NAME: 'x', INPUT_COUNT: '0' }, 'INPUT_INVALID', 'from 1 to 9'],
  [{ INPUT_NAME: 'x', INPUT_COUNT: '3.5' }, 'INPUT_INVALID', 'whole number'],
  [{ INPUT_NAME: 'x', INPUT_RATIO: 'NaN' }, 'INPUT_INVALID', 'number'],
  [{ INPUT_NAME: 'x', INPUT_LOUD: 'yes' }, 'INPUT_INVALID', '`true` or `false`'],
  [{ INPUT_NAME: 'x', 'INPUT_FAIL-ON': 'sometimes' }, 'INPUT_INVALID', 'one of fail, warn, never'],
] as const)('%j is refused with %s', (env, code, says) => {
  expect(() => parse(env)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) }))
})

test('whatever is given parses or is refused with a code', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('COUNT', 'RATIO', 'LOUD', 'DOES', 'PATHS', 'FAIL-ON'),
      fc.string(),
      (name, value) => {
        try {
          parse({ INPUT_NAME: 'x', [`INPUT_${name}`]: value })
        } catch (error) {
          expect(error).toMatchObject({ code: 'INPUT_INVALID' })
        }
      },
    ),
  )
})
