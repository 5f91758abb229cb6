import { SluiceError } from '@sluice/errors'
import { fingerprint, resultOf, statement } from '@sluice/verdict'
import {
  boolean,
  type Context,
  commonInputs,
  defineAction,
  type InputsOf,
  integer,
  list,
  number,
  oneOf,
  secret,
  text,
} from '../src/index.js'

const inputs = {
  ...commonInputs,
  name: text({ description: 'What to greet.', required: true }),
  does: oneOf(
    ['pass', 'warn', 'fail', 'inconclusive', 'usage', 'refused', 'surroundings', 'crash', 'leave'],
    {
      description: 'How it ends.',
      default: 'pass',
    },
  ),
  count: integer({ description: 'How many.', min: 1, max: 9, default: 3 }),
  ratio: number({ description: 'How much.', min: 0 }),
  paths: list({ description: 'Where.', default: ['a', 'b'] }),
  more: list({ description: 'Where else.', default: [] }),
  loud: boolean({ description: 'Whether to shout.', default: false }),
  apiKey: secret({ description: 'A key.' }),
}
export type ExampleInputs = InputsOf<typeof inputs>

/** An action that ends as it is told to. */
export const example = defineAction({
  name: 'example',
  description: 'Ends as it is told to.',
  branding: { icon: 'anchor', color: 'blue' },
  permissions: { contents: 'read, to see files' },
  inputs,
  outputs: { seen: 'What was seen.' },
  example: { name: 'world', paths: 'models\nimages' },
  async run(inputs, context) {
    context.log.info(`::warning::${inputs.name} ${inputs.apiKey ?? ''}`)
    return await end(inputs, context)
  },
})

async function end(inputs: ExampleInputs, context: Context) {
  const located = { file: 'Dockerfile', line: 2 }
  const finding = { rule: 'example/seen', message: 'Seen.', location: located, fingerprint: fingerprint('x') }
  const subject = { name: 'model', digest: `sha256:${'a'.repeat(64)}` }
  switch (inputs.does) {
    case 'usage':
    case 'refused':
    case 'surroundings':
      throw new SluiceError('EXAMPLE_ERROR', 'It was told to.', {
        remedy: 'Tell it otherwise.',
        kind: inputs.does,
      })
    case 'crash':
      throw new TypeError(`unexpected ${inputs.apiKey}`)
    case 'leave':
      context.signal.throwIfAborted()
  }
  const level = {
    pass: 'note',
    warn: 'warning',
    fail: 'error',
    inconclusive: 'unknown',
    leave: 'note',
  } as const
  return resultOf({
    headline: `Greeted ${inputs.name}.`,
    findings: [{ ...finding, level: level[inputs.does] }],
    outputs: { seen: JSON.stringify(inputs) },
    statements:
      inputs.does === 'pass'
        ? [statement(subject, 'https://example.com/p', {}), statement(subject, 'https://example.com/q', {})]
        : [],
  })
}
