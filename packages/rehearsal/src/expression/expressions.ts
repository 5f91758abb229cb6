import type { data as Data } from '@actions/expressions'
import { SluiceError } from '@sluice/errors'
import type { Contexts, Expressions, Status, Value } from '../contract.js'
import { hashFiles } from './hash-files.js'
import type { Language } from './language.js'
import { asExpression, shown, splitTemplate } from './template.js'
import { fromData, isMap, toData } from './values.js'

type Library = Language['expressions']
type Call = (...args: Data.ExpressionData[]) => Data.ExpressionData
interface HostFunction {
  readonly name: string
  readonly minArgs: number
  readonly maxArgs: number
  readonly call: Call
}

/** All that GitHub knows; one that is not there yet is empty, as on GitHub. Which may be used where, the parser checks. */
const CONTEXTS = [
  ...['github', 'env', 'vars', 'job', 'jobs', 'steps', 'runner', 'secrets'],
  ...['strategy', 'matrix', 'needs', 'inputs'],
]
const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled']

/**
 * GitHub's expressions over `@actions/expressions`.
 * @param workspace where `hashFiles` looks; without it the function is unknown, as in a job's `if`
 */
export function createExpressions(language: Language, workspace?: string): Expressions {
  const library = language.expressions
  const { data } = library
  const host: HostFunction[] =
    workspace === undefined
      ? []
      : [
          {
            name: 'hashFiles',
            minArgs: 1,
            maxArgs: 255,
            call: (...patterns) =>
              new data.StringData(
                hashFiles(
                  workspace,
                  patterns.map((pattern) => pattern.coerceString()),
                ),
              ),
          },
        ]
  const run = (expression: string, contexts: Contexts, functions = host) =>
    evaluate(library, expression, contexts, functions)

  return {
    evaluate(template, contexts) {
      const parts = splitTemplate(template)
      const [first] = parts
      if (parts.length === 1 && first?.kind === 'expression') {
        return fromData(run(first.expression, contexts), data)
      }
      return this.interpolate(template, contexts)
    },
    interpolate(template, contexts) {
      return splitTemplate(template)
        .map((part) => (part.kind === 'text' ? part.text : run(part.expression, contexts).coerceString()))
        .join('')
    },
    holds(condition, contexts, status) {
      const written = asExpression(condition?.trim() ?? '').trim()
      const expression = written === '' ? 'success()' : written
      const functions = [...host, ...statusFunctions(library, contexts, status)]
      // Whole first, so that what is wrong is named even where success() would have decided.
      const whole = asksForStatus(library, expression) ? expression : `success() && (${expression})`
      return truthy(fromData(run(whole, contexts, functions), data))
    },
  }
}

function evaluate(
  library: Library,
  expression: string,
  contexts: Contexts,
  functions: readonly HostFunction[],
): Data.ExpressionData {
  const { data, Evaluator, Lexer, Parser } = library
  try {
    const names = [...new Set([...CONTEXTS, ...Object.keys(contexts)])]
    const tree = new Parser(new Lexer(expression).lex().tokens, names, [...functions]).parse()
    const values = new data.Dictionary(
      ...names.map((key) => ({ key, value: toData(contexts[key] ?? {}, data) })),
    )
    const table = new Map(functions.map((each) => [each.name.toLowerCase(), each]))
    return new Evaluator(tree, values, table).evaluate()
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError(
      'EXPRESSION_INVALID',
      `The expression \`${shown(expression)}\` cannot be evaluated: ${why}.`,
      {
        remedy: 'Correct the expression; GitHub would fail here too.',
        cause,
      },
    )
  }
}

function statusFunctions(library: Library, contexts: Contexts, status: Status): HostFunction[] {
  const { data } = library
  const results = (names: Data.ExpressionData[]) =>
    names.map((name) => {
      const need = isMap(contexts['needs']) ? contexts['needs'][name.coerceString()] : undefined
      return isMap(need) ? need['result'] : undefined
    })
  const define = (name: string, maxArgs: number, decide: (names: Data.ExpressionData[]) => boolean) => ({
    name,
    minArgs: 0,
    maxArgs,
    call: (...names: Data.ExpressionData[]) => new data.BooleanData(decide(names)),
  })
  return [
    define('always', 0, () => true),
    define('cancelled', 0, () => status === 'cancelled'),
    define('success', Number.MAX_SAFE_INTEGER, (names) =>
      names.length === 0 ? status === 'success' : results(names).every((result) => result === 'success'),
    ),
    define('failure', Number.MAX_SAFE_INTEGER, (names) =>
      names.length === 0 ? status === 'failure' : results(names).includes('failure'),
    ),
  ]
}

/** Whether a status function is called, so that GitHub adds no `success()`. Quoted text is no call. */
function asksForStatus({ Lexer }: Library, expression: string): boolean {
  try {
    const { tokens } = new Lexer(expression).lex()
    return tokens.some(
      ({ lexeme }, index) =>
        STATUS_FUNCTIONS.includes(lexeme.toLowerCase()) && tokens[index + 1]?.lexeme === '(',
    )
  } catch {
    // What the lexer refuses, the evaluation that follows refuses by name.
    return false
  }
}

/** GitHub's truth: false, 0, NaN, '' and null are not. */
export function truthy(value: Value): boolean {
  return !(value === null || value === false || value === '' || value === 0 || Number.isNaN(value))
}
