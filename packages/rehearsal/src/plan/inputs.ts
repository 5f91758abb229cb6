import { nearest } from '@sluice/errors'
import type { Place, Value } from '../contract.js'
import { invalid } from './refusals.js'
import type { InputDeclaration, InputType } from './workflow.js'

type Declarations = ReadonlyMap<string, InputDeclaration>

/** Names are case-insensitive, as on GitHub. */
export function declarationOf<T>(
  declarations: ReadonlyMap<string, T>,
  name: string,
): [string, T] | undefined {
  const wanted = name.toLowerCase()
  return [...declarations].find(([key]) => key.toLowerCase() === wanted)
}

/** What is wrong with names: one that is not declared, or one that is required and not given. */
export interface NameProblem {
  readonly name: string
  readonly kind: 'unknown' | 'missing'
  readonly message: string
  readonly remedy: string
}

/** Compares given names with declared ones; `what` is `input` or `secret`, `whose` the workflow that declares. */
export function checkNames(
  given: readonly string[],
  declarations: ReadonlyMap<string, { readonly required: boolean; readonly default?: Value }>,
  what: 'input' | 'secret',
  whose: string,
): NameProblem | undefined {
  const names = [...declarations.keys()]
  const unknown = given.find((name) => declarationOf(declarations, name) === undefined)
  if (unknown !== undefined) {
    const near = nearest(unknown, names)
    const hint = near === undefined ? '' : `Did you mean \`${near}\`? `
    return {
      name: unknown,
      kind: 'unknown',
      message: `${whose} has no ${what} \`${unknown}\`.`,
      remedy: `${hint}It takes ${names.length === 0 ? 'none' : names.join(', ')}.`,
    }
  }
  const held = new Set(given.map((name) => name.toLowerCase()))
  const missing = [...declarations].find(
    ([name, { required, default: fallback }]) =>
      required && fallback === undefined && !held.has(name.toLowerCase()),
  )
  if (missing === undefined) return undefined
  return {
    name: missing[0],
    kind: 'missing',
    message: `${whose} requires the ${what} \`${missing[0]}\`.`,
    remedy: `Give \`${missing[0]}\` a value.`,
  }
}

const NAMES: Record<InputType, string> = {
  string: 'a text',
  choice: 'one of its options',
  environment: 'a text',
  boolean: 'true or false, not as a text',
  number: 'a number, not as a text',
}

/**
 * A value for a declared input of a call. Expressions must come to the declared type, as on GitHub: the text
 * `'true'` is no boolean, `fromJSON('true')` is.
 * @throws SluiceError WORKFLOW_INVALID
 */
export function typedInput(name: string, declaration: InputDeclaration, value: Value, place: Place): Value {
  const { type } = declaration
  const fits =
    type === 'boolean'
      ? typeof value === 'boolean'
      : type === 'number'
        ? typeof value === 'number'
        : scalar(value)
  if (!fits) {
    throw invalid(
      place,
      `input \`${name}\` is a ${type}; it was given ${JSON.stringify(value)?.slice(0, 80)}.`,
      `Give ${NAMES[type]}; of a text, \`fromJSON(…)\` makes one.`,
    )
  }
  return type === 'boolean' || type === 'number' ? value : value === null ? '' : String(value)
}

function scalar(value: Value): boolean {
  return value === null || typeof value !== 'object'
}

/** A value that a person gave on the command line. @throws SluiceError WORKFLOW_INVALID */
export function inputFromText(name: string, declaration: InputDeclaration, text: string): Value {
  const { type, options, place } = declaration
  const wrong = (expected: string) =>
    invalid(
      place,
      `input \`${name}\` takes ${expected}; it was given \`${text}\`.`,
      `Give \`--input ${name}=…\` such a value.`,
    )
  if (type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw wrong('true or false')
    return text === 'true'
  }
  if (type === 'number') {
    const value = Number(text)
    if (text.trim() === '' || Number.isNaN(value)) throw wrong('a number')
    return value
  }
  if (type === 'choice' && !options.includes(text)) throw wrong(`one of ${options.join(', ')}`)
  return text
}

/** Values for all declared inputs: given ones, then defaults, then what GitHub puts where nothing is said. */
export function withDefaults(
  given: Readonly<Record<string, Value>>,
  declarations: Declarations,
  evaluate: (template: Value, declaration: InputDeclaration) => Value,
): Record<string, Value> {
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  return Object.fromEntries(
    [...declarations].map(([name, declaration]) => {
      const value = byName.get(name.toLowerCase())
      if (value !== undefined) return [name, value]
      if (declaration.default !== undefined) {
        const { default: fallback, place } = declaration
        return [name, typedInput(name, declaration, evaluate(fallback, declaration), place)]
      }
      return [name, EMPTY[declaration.type]]
    }),
  )
}

const EMPTY: Record<InputType, Value> = { string: '', choice: '', environment: '', boolean: false, number: 0 }
