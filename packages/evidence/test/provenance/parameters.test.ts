import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { externalParameters } from '../../src/index.js'

const read = (sources: { event?: unknown; inputs?: unknown; vars?: unknown; secret?: string }) =>
  externalParameters({
    event: sources.event ?? {},
    masked: (text) => sources.secret !== undefined && text.includes(sources.secret),
    ...(sources.inputs === undefined ? {} : { inputs: JSON.stringify(sources.inputs) }),
    ...(sources.vars === undefined ? {} : { vars: JSON.stringify(sources.vars) }),
  })

test('nothing given is nothing said', () => {
  expect(read({})).toEqual({ parameters: {}, redacted: [] })
  expect(read({ event: { inputs: null }, inputs: {}, vars: null })).toEqual({ parameters: {}, redacted: [] })
})

test('the inputs of a dispatched workflow are the event’s, and are said once', () => {
  const event = { inputs: { epochs: '10', full: 'true' } }
  expect(read({ event, inputs: { epochs: 10, full: true } })).toEqual({
    parameters: { inputs: { epochs: '10', full: 'true' } },
    redacted: [],
  })
})

test('those of a reusable workflow stand beside them', () => {
  expect(
    read({ event: { inputs: { epochs: '10' } }, inputs: { image: 'x', canary: true }, vars: { LR: '0.1' } }),
  ).toMatchObject({
    parameters: {
      inputs: { epochs: '10' },
      callInputs: { image: 'x', canary: true },
      vars: { LR: '0.1' },
    },
  })
})

describe('a secret is left out, and named', () => {
  test.each([
    ['by its name', 'registry-password', 'hunter2'],
    ['by its name in camel case', 'apiToken', 'abc'],
    ['by two words of its name', 'AWS_ACCESS_KEY_ID', 'abc'],
    ['as a key that opens something', 'ssh-key', 'abc'],
    ['as a token of GitHub', 'note', `ghp_${'a'.repeat(36)}`],
    ['as a key', 'note', '-----BEGIN EC PRIVATE KEY-----\nx'],
    ['as an identity token', 'note', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c`],
    ['in a URL', 'tracking', 'https://user:pass@mlflow.example/'],
    ['because the run masks it', 'note', 'the known one'],
  ])('%s', (_how, name, value) => {
    const { parameters, redacted } = read({ vars: { [name]: value, epochs: '10' }, secret: 'the known one' })
    expect(parameters).toEqual({ vars: { epochs: '10' } })
    expect(redacted).toEqual([`vars.${name}`])
  })

  test.each([
    ['tokenizer', 'bert-base'],
    ['max-tokens', '2048'],
    ['key-column', 'id'],
    ['tracking', 'https://mlflow.example:443/path@v1'],
    ['use-token', true],
  ])('and %s is none', (name, value) => {
    expect(read({ inputs: { [name]: value } })).toEqual({
      parameters: { callInputs: { [name]: value } },
      redacted: [],
    })
  })
})

describe('is refused', () => {
  test.each([
    ['something nested', '{"a":{"b":1}}'],
    ['a list', '[]'],
    ['a member twice', '{"a":1,"a":2}'],
    ['a name of every object', '{"__proto__":"x"}'],
    ['a name that is none', '{"a b":"x"}'],
    ['no JSON', '${{ toJSON(inputs) }}'],
    ['too much', JSON.stringify({ a: 'x'.repeat(2 ** 20) })],
  ])('%s', (_what, inputs) => {
    expect(() => externalParameters({ event: {}, masked: () => false, inputs })).toThrow(
      expect.objectContaining({ code: 'SIGN_PARAMETERS' }),
    )
  })

  test('a payload whose inputs are nested', () => {
    expect(() => read({ event: { inputs: { a: { b: 1 } } } })).toThrow(
      expect.objectContaining({ code: 'SIGN_PARAMETERS' }),
    )
  })
})

test('a value that the run masks is in no member, wherever it was given', () => {
  const secret = 'the known one'
  const value = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.tuple(fc.string(), fc.string()).map(([before, after]) => `${before}${secret}${after}`),
  )
  const given = fc.dictionary(fc.stringMatching(/^[a-z][a-z_-]{0,9}$/), value, { noNullPrototype: true })
  fc.assert(
    fc.property(given, given, given, (event, inputs, vars) => {
      const { parameters, redacted } = read({ event: { inputs: event }, inputs, vars, secret })
      expect(JSON.stringify(parameters)).not.toContain(secret)
      const left = [event, inputs, vars].flatMap((members) =>
        Object.values(members).filter((member) => String(member).includes(secret)),
      )
      expect(redacted.length > 0 || left.length === 0).toBe(true)
    }),
  )
})
