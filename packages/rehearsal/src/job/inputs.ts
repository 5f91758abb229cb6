import type { Contexts, Expressions } from '../contract.js'
import type { ActionInput } from './action-file.js'

/** An action's inputs as its step gives them, defaults filled in. */
export interface ActionInputs {
  /** By the name that the action declares; undeclared ones by the name given. */
  readonly values: Readonly<Record<string, string>>
  /** What GitHub would warn of. */
  readonly warnings: readonly string[]
}

/**
 * Fills in an action's inputs: names are compared without case, an expression in a default is evaluated, an input
 * that nobody declared is passed on with a warning, and `required` is not enforced: all as a runner does.
 * @throws SluiceError of an expression
 */
export function fillInputs(
  declared: Readonly<Record<string, ActionInput>>,
  given: Readonly<Record<string, string>>,
  expressions: Expressions,
  contexts: Contexts,
): ActionInputs {
  const values: Record<string, string> = {}
  const warnings: string[] = []
  const names = new Map(Object.keys(declared).map((name) => [name.toLowerCase(), name]))
  const unexpected: string[] = []
  for (const [written, value] of Object.entries(given)) {
    const name = names.get(written.toLowerCase())
    if (name === undefined) unexpected.push(written)
    values[name ?? written] = expressions.interpolate(value, contexts)
    const deprecation = name === undefined ? undefined : declared[name]?.deprecation
    if (deprecation) warnings.push(`Input '${name}' has been deprecated with message: ${deprecation}`)
  }
  if (unexpected.length > 0) {
    const quoted = (list: readonly string[]) => list.map((name) => `'${name}'`).join(', ')
    warnings.unshift(
      `Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${quoted(Object.keys(declared))}]`,
    )
  }
  for (const [name, input] of Object.entries(declared)) {
    if (Object.hasOwn(values, name) || input.default === undefined) continue
    values[name] = expressions.interpolate(input.default, contexts)
  }
  return { values, warnings }
}

/** `INPUT_FAIL-ON` for `fail-on`: upper case, spaces become `_`, hyphens stay. */
export function inputVariables(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ]),
  )
}
