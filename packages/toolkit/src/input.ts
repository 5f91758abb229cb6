import { SluiceError } from '@sluice/errors'

/** One declared input. `parse` turns the text of the runner or the command line into the typed value. */
export interface Input<T> {
  readonly kind: 'text' | 'path' | 'secret' | 'boolean' | 'integer' | 'number' | 'list' | 'choice'
  readonly description: string
  readonly required: boolean
  /** As text, the way action.yml shows it. */
  readonly default?: string
  /** What the runner fills in when a workflow gives nothing; the command line has none. */
  readonly runnerDefault?: 'github.token'
  readonly choices?: readonly string[]
  /** Parses non-empty text; `absent` is given when neither a value nor a default exists. */
  parse(text: string, name: string): T
  readonly absent: T
}

interface Base {
  readonly description: string
}
type Options<T> = Base & ({ readonly default: T } | { readonly required: true })

type Optional<T> = Input<T | undefined>

function make<T>(
  kind: Input<T>['kind'],
  options: Base & {
    readonly default?: unknown
    readonly required?: boolean
    readonly runnerDefault?: 'github.token'
    readonly choices?: readonly string[]
  },
  parse: (text: string, name: string) => T,
): Input<T> {
  const value = options.default
  const text = value === undefined ? undefined : Array.isArray(value) ? value.join('\n') : String(value)
  return {
    kind,
    description: options.description,
    required: options.required ?? false,
    ...(text === undefined ? {} : { default: text }),
    ...(options.runnerDefault === undefined ? {} : { runnerDefault: options.runnerDefault }),
    ...(options.choices === undefined ? {} : { choices: options.choices }),
    parse,
    absent: value as T,
  }
}

/** Free text, trimmed. */
export function text(options: Options<string>): Input<string>
export function text(options: Base): Optional<string>
export function text(options: Base): Input<never> | Input<string> | Optional<string> {
  return make('text', options, (value) => value)
}

/** A path, relative to the working directory or absolute. */
export function path(options: Options<string>): Input<string>
export function path(options: Base): Optional<string>
export function path(options: Base): Input<string> | Optional<string> {
  return make('path', options, (value) => value)
}

/** A secret: masked in every log, never rendered. */
export function secret(options: Base & { readonly runnerDefault?: 'github.token' }): Optional<string> {
  return make<string | undefined>('secret', options, (value) => value)
}

/** `true` or `false` (YAML 1.2 core schema, as @actions/core reads it). */
export function boolean(options: Base & { readonly default: boolean }): Input<boolean> {
  return make('boolean', options, (value, name) => {
    if (/^(true|True|TRUE)$/.test(value)) return true
    if (/^(false|False|FALSE)$/.test(value)) return false
    throw invalid(name, value, '`true` or `false`')
  })
}

type Range = { readonly min?: number; readonly max?: number }

/** A whole number within `min` and `max`, both inclusive. */
export function integer(options: Options<number> & Range): Input<number>
export function integer(options: Base & Range): Optional<number>
export function integer(options: Base & Range): Input<number> | Optional<number> {
  return make('integer', options, (value, name) => {
    if (!/^-?\d{1,15}$/.test(value)) throw invalid(name, value, `a whole number${within(options)}`)
    return inRange(Number(value), value, name, options)
  })
}

/** A finite decimal number within `min` and `max`, both inclusive. */
export function number(options: Options<number> & Range): Input<number>
export function number(options: Base & Range): Optional<number>
export function number(options: Base & Range): Input<number> | Optional<number> {
  return make('number', options, (value, name) => {
    if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value))
      throw invalid(name, value, `a number${within(options)}`)
    return inRange(Number(value), value, name, options)
  })
}

/** One entry a line; blank lines fall away. On the command line the flag may be repeated. */
export function list(options: Base & { readonly default: readonly string[] }): Input<string[]>
export function list(options: Base & { readonly required: true }): Input<string[]>
export function list(options: Base & { readonly default?: readonly string[] }): Input<string[]> {
  return make('list', options, (value) =>
    value
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  )
}

/** One of a closed set of words. */
export function oneOf<const C extends readonly string[]>(
  choices: C,
  options: Base & { readonly default: C[number] },
): Input<C[number]>
export function oneOf<const C extends readonly string[]>(choices: C, options: Base): Optional<C[number]>
export function oneOf(choices: readonly string[], options: Base): Input<string> | Optional<string> {
  return make('choice', { ...options, choices }, (value, name) => {
    if (!choices.includes(value)) throw invalid(name, value, `one of ${choices.join(', ')}`)
    return value
  })
}

function inRange(value: number, found: string, name: string, range: Range): number {
  if (value < (range.min ?? -Infinity) || value > (range.max ?? Infinity) || !Number.isFinite(value)) {
    throw invalid(name, found, `a number${within(range)}`)
  }
  return value
}

function within({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

function invalid(name: string, found: string, expected: string): SluiceError {
  return new SluiceError(
    'INPUT_INVALID',
    `Input \`${name}\` is ${JSON.stringify(found)}; expected ${expected}.`,
    {
      remedy: `Set \`${name}\` to ${expected}.`,
    },
  )
}
