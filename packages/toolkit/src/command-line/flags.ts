import { nearest, SluiceError } from '@sluice/errors'
import { type AnyAction, type InputDeclarations, kebab } from '../action.js'
import type { Input } from '../input.js'
import type { InputReader } from '../run/inputs.js'

/** How a finished run is printed. */
export const FORMATS = ['text', 'json', 'sarif', 'markdown', 'junit'] as const
export type Format = (typeof FORMATS)[number]

/** A parsed command line. */
export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly read: InputReader; readonly format: Format }

/**
 * Reads `--<input> <value>` and `--<input>=<value>`. A boolean flag may stand alone and is then true; a list
 * flag may be repeated. Values are texts: the declaration parses them as it parses a runner's.
 * @throws SluiceError CLI_UNKNOWN_FLAG, CLI_VALUE_MISSING, CLI_ARGUMENT_UNEXPECTED, CLI_REPEATED_FLAG, INPUT_INVALID
 */
export function parseFlags(action: AnyAction, argv: readonly string[]): CommandLine {
  const inputs = new Map(
    Object.entries(action.inputs as InputDeclarations).map(([key, input]) => [kebab(key), input]),
  )
  const values = new Map<string, string>()
  let format: Format = 'text'
  const rest = [...argv]
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token === '--help' || token === '-h') return { kind: 'help' }
    if (!token.startsWith('--')) throw unexpected(action, token)
    const equals = token.indexOf('=')
    const name = token.slice(2, equals === -1 ? undefined : equals)
    const inline = equals === -1 ? undefined : token.slice(equals + 1)
    if (name === 'format') {
      format = parseFormat(inline ?? takeValue(name, undefined, rest))
      continue
    }
    const input = inputs.get(name)
    if (input === undefined) {
      const positive = name.replace(/^no-/, '')
      if (positive !== name && inputs.get(positive)?.kind === 'boolean') throw negated(action, positive)
      throw unknownFlag(action, name, [...inputs.keys(), 'format', 'help'])
    }
    const value = inline ?? takeValue(name, input, rest)
    const before = values.get(name)
    if (before !== undefined && input.kind !== 'list') throw repeated(name)
    values.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return { kind: 'run', read: (name) => values.get(name), format }
}

function takeValue(name: string, input: Input<unknown> | undefined, rest: string[]): string {
  const next = rest[0]
  if (input?.kind === 'boolean' && !/^(true|false)$/i.test(next ?? '')) return 'true'
  if (next === undefined || next.startsWith('--')) {
    throw new SluiceError('CLI_VALUE_MISSING', `The flag \`--${name}\` has no value.`, {
      remedy: `Write \`--${name} <value>\`, or \`--${name}=<value>\` for a value that begins with \`--\`.`,
    })
  }
  rest.shift()
  return next
}

function parseFormat(text: string): Format {
  const format = FORMATS.find((known) => known === text)
  if (format) return format
  throw new SluiceError(
    'INPUT_INVALID',
    `\`--format\` is ${JSON.stringify(text)}; expected one of ${FORMATS.join(', ')}.`,
    {
      remedy: `Set \`--format\` to one of ${FORMATS.join(', ')}.`,
    },
  )
}

function unknownFlag(action: AnyAction, name: string, known: readonly string[]): SluiceError {
  const near = nearest(name, known)
  return new SluiceError('CLI_UNKNOWN_FLAG', `\`${action.name}\` has no flag \`--${name}\`.`, {
    remedy: near ? `Did you mean \`--${near}\`? \`--help\` lists all flags.` : '`--help` lists all flags.',
  })
}

function negated(action: AnyAction, name: string): SluiceError {
  return new SluiceError('CLI_UNKNOWN_FLAG', `\`${action.name}\` has no flag \`--no-${name}\`.`, {
    remedy: `Write \`--${name} false\`.`,
  })
}

function unexpected(action: AnyAction, token: string): SluiceError {
  return new SluiceError(
    'CLI_ARGUMENT_UNEXPECTED',
    `\`${action.name}\` takes flags only; found \`${token}\`.`,
    {
      remedy: 'Give every value by its flag; `--help` lists them.',
    },
  )
}

function repeated(name: string): SluiceError {
  return new SluiceError('CLI_REPEATED_FLAG', `The flag \`--${name}\` is given more than once.`, {
    remedy: 'Keep one of them; only flags that take a list may be repeated.',
  })
}
