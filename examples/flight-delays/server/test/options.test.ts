import { expect, test } from 'vitest'
import { parseOptions } from '../src/options.js'

test('defaults are safe: loopback, no failures', () => {
  expect(parseOptions(['--model', 'm'], {})).toEqual({
    model: 'm',
    host: '127.0.0.1',
    port: 8080,
    version: undefined,
    failShare: 0,
    failSeed: 1,
  })
})

test('a flag wins over its environment variable', () => {
  const env = { MODEL: 'from-env', PORT: '9000', FAIL_SHARE: '0.5' }
  expect(parseOptions(['--port', '0'], env)).toMatchObject({ model: 'from-env', port: 0, failShare: 0.5 })
})

test.each([
  [[], /--model/],
  [['--model', 'm', '--port', '70000'], /--port: found 70000/],
  [['--model', 'm', '--port', '1.5'], /--port: found 1.5, expected a whole number/],
  [['--model', 'm', '--fail-share', '3'], /--fail-share: found 3/],
  [['--model', 'm', '--fail-share', ' '], /--fail-share/],
  [['--model', 'm', '--speed', '1'], /--speed/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args, {})).toThrow(message)
})
