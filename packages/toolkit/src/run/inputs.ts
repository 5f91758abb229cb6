import { SluiceError } from '@sluice/errors'
import { type AnyAction, type InputDeclarations, type InputsOf, kebab } from '../action.js'
import { commonInputs } from '../common.js'

/** The values of the inputs that the harness itself reads. */
export type CommonInputs = InputsOf<typeof commonInputs>

/** The text given for an input by its kebab-case name; undefined or blank counts as not given. */
export type InputReader = (name: string) => string | undefined

/** The runner's variable for an input: upper case, spaces to `_`, hyphens stay (runner, ActionManager). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/** Reads inputs from the runner's environment. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): InputReader {
  return (name) => env[inputVariable(name)]
}

/**
 * The typed inputs of an action. Defaults are applied here too, for a process that no runner started.
 * @throws SluiceError INPUT_MISSING when a required one is not given, INPUT_INVALID when one does not parse
 */
export function parseInputs<D extends InputDeclarations>(declarations: D, read: InputReader): InputsOf<D> {
  const values: Record<string, unknown> = {}
  for (const [key, input] of Object.entries(declarations)) {
    const name = kebab(key)
    const given = read(name)?.trim() ?? ''
    if (given !== '') values[key] = input.parse(given, name)
    else if (input.required) throw missing(name)
    else if (input.default !== undefined && input.default !== '')
      values[key] = input.parse(input.default, name)
    else values[key] = input.absent
  }
  return values as InputsOf<D>
}

/** The common inputs, each falling back to its default where what was given does not parse. */
export function commonInputsOf(read: InputReader): CommonInputs {
  const values: Record<string, unknown> = {}
  for (const [key, input] of Object.entries(commonInputs)) {
    try {
      Object.assign(values, parseInputs({ [key]: input }, read))
    } catch {
      values[key] = input.absent
    }
  }
  return values as CommonInputs
}

/** Values of the inputs declared as secrets, to be masked before anything else happens. */
export function secretsOf(action: AnyAction, read: InputReader): string[] {
  const declarations = Object.entries(action.inputs as InputDeclarations)
  return declarations.flatMap(([key, input]) => {
    const value = input.kind === 'secret' ? read(kebab(key))?.trim() : undefined
    return value ? [value] : []
  })
}

function missing(name: string): SluiceError {
  return new SluiceError('INPUT_MISSING', `The required input \`${name}\` is not given.`, {
    remedy: `Set \`${name}\` in the step's \`with:\`, or pass \`--${name}\` on the command line.`,
  })
}
